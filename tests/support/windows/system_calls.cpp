#include "support/system_calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/windows/winsock.hpp"

namespace mtcp::test {

namespace {

struct Translation {
  int error;
  int code;
};

constexpr std::array translations = std::to_array<Translation>({
    {EINTR, WSAEINTR},
    {EBADF, WSAEBADF},
    {EACCES, WSAEACCES},
    {EINVAL, WSAEINVAL},
    {EMFILE, WSAEMFILE},
    {EAGAIN, WSAEWOULDBLOCK},
    {EPROTO, WSAEPROTONOSUPPORT},
    {EADDRNOTAVAIL, WSAEADDRNOTAVAIL},
    {ENETUNREACH, WSAENETUNREACH},
    {ECONNABORTED, WSAECONNABORTED},
    {ECONNRESET, WSAECONNRESET},
    {ENOBUFS, WSAENOBUFS},
    {ENOMEM, WSA_NOT_ENOUGH_MEMORY},
    {ENOTCONN, WSAENOTCONN},
    {ETIMEDOUT, WSAETIMEDOUT},
    {ECONNREFUSED, WSAECONNREFUSED},
    {EHOSTUNREACH, WSAEHOSTUNREACH},
});

/// Whether the call shall fail; then its error is set.
bool fails(const Verdict& verdict) {
  if (verdict.action != Verdict::Action::Fail) return false;
  const auto known = std::ranges::find(translations, verdict.error, &Translation::error);
  ::SetLastError(static_cast<DWORD>(known == translations.end() ? WSASYSCALLFAILURE : known->code));
  return true;
}

template <class Size>
Size shortened(Size size, const Verdict& verdict) {
  if (verdict.action != Verdict::Action::Shorten) return size;
  return std::min(size, static_cast<Size>(verdict.size));
}

int number_of(SOCKET socket) {
  return static_cast<int>(socket);
}

}  // namespace

}  // namespace mtcp::test

// What the linker puts in the place of the pointers by which the library calls the system: they are
// called __imp_ and the function's name.

using mtcp::test::fails;
using mtcp::test::judge;
using mtcp::test::number_of;
using mtcp::test::shortened;

#define MTCP_WRAP(result, failure, name, linux_name, parameters, descriptor, arguments) \
  extern "C" {                                                                          \
  extern result(WSAAPI* __real___imp_##name) parameters;                                \
  static result WSAAPI judged_##name parameters {                                       \
    if (fails(judge(linux_name, descriptor))) return failure;                           \
    return __real___imp_##name arguments;                                               \
  }                                                                                     \
  result(WSAAPI* __wrap___imp_##name) parameters = judged_##name;                       \
  }

MTCP_WRAP(SOCKET, INVALID_SOCKET, WSASocketW, "socket",
          (int a, int b, int c, WSAPROTOCOL_INFOW* i, GROUP g, DWORD f), -1, (a, b, c, i, g, f))
MTCP_WRAP(int, SOCKET_ERROR, bind, "bind", (SOCKET s, const sockaddr* a, int n), number_of(s),
          (s, a, n))
MTCP_WRAP(int, SOCKET_ERROR, listen, "listen", (SOCKET s, int n), number_of(s), (s, n))
MTCP_WRAP(SOCKET, INVALID_SOCKET, accept, "accept4", (SOCKET s, sockaddr* a, int* n), number_of(s),
          (s, a, n))
MTCP_WRAP(int, SOCKET_ERROR, connect, "connect", (SOCKET s, const sockaddr* a, int n), number_of(s),
          (s, a, n))
MTCP_WRAP(int, SOCKET_ERROR, shutdown, "shutdown", (SOCKET s, int h), number_of(s), (s, h))
MTCP_WRAP(int, SOCKET_ERROR, setsockopt, "setsockopt",
          (SOCKET s, int l, int o, const char* v, int n), number_of(s), (s, l, o, v, n))
MTCP_WRAP(int, SOCKET_ERROR, getsockopt, "getsockopt", (SOCKET s, int l, int o, char* v, int* n),
          number_of(s), (s, l, o, v, n))
MTCP_WRAP(int, SOCKET_ERROR, getsockname, "getsockname", (SOCKET s, sockaddr* a, int* n),
          number_of(s), (s, a, n))
MTCP_WRAP(int, SOCKET_ERROR, getpeername, "getpeername", (SOCKET s, sockaddr* a, int* n),
          number_of(s), (s, a, n))
MTCP_WRAP(int, SOCKET_ERROR, ioctlsocket, "ioctl", (SOCKET s, long r, u_long* a), number_of(s),
          (s, r, a))
MTCP_WRAP(int, SOCKET_ERROR, WSADuplicateSocketW, "fcntl",
          (SOCKET s, DWORD p, WSAPROTOCOL_INFOW* i), number_of(s), (s, p, i))
MTCP_WRAP(BOOL, FALSE, DeviceIoControl, "ppoll",
          (HANDLE h, DWORD c, void* i, DWORD n, void* o, DWORD m, DWORD* r, OVERLAPPED* p), -1,
          (h, c, i, n, o, m, r, p))
MTCP_WRAP(HANDLE, nullptr, CreateEventW, "eventfd",
          (SECURITY_ATTRIBUTES * a, BOOL m, BOOL s, const wchar_t* n), -1, (a, m, s, n))

extern "C" {

extern int(WSAAPI* __real___imp_closesocket)(SOCKET);
static int WSAAPI judged_closesocket(SOCKET socket) {
  const auto verdict = judge("close", number_of(socket));
  const int result = __real___imp_closesocket(socket);
  return fails(verdict) ? SOCKET_ERROR : result;
}
int(WSAAPI* __wrap___imp_closesocket)(SOCKET) = judged_closesocket;

extern int(WSAAPI* __real___imp_recv)(SOCKET, char*, int, int);
static int WSAAPI judged_recv(SOCKET socket, char* buffer, int size, int flags) {
  const auto verdict = judge("recv", number_of(socket));
  if (fails(verdict)) return SOCKET_ERROR;
  return __real___imp_recv(socket, buffer, shortened(size, verdict), flags);
}
int(WSAAPI* __wrap___imp_recv)(SOCKET, char*, int, int) = judged_recv;

using Send = int(WSAAPI*)(SOCKET, WSABUF*, DWORD, DWORD*, DWORD, OVERLAPPED*,
                          LPWSAOVERLAPPED_COMPLETION_ROUTINE);
extern Send __real___imp_WSASend;
static int WSAAPI judged_WSASend(SOCKET socket, WSABUF* pieces, DWORD count, DWORD* sent,
                                 DWORD flags, OVERLAPPED* overlapped,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  const auto verdict = judge(count == 1 ? "send" : "sendmsg", number_of(socket));
  if (fails(verdict)) return SOCKET_ERROR;
  if (verdict.action != mtcp::test::Verdict::Action::Shorten)
    return __real___imp_WSASend(socket, pieces, count, sent, flags, overlapped, routine);
  WSABUF first = pieces[0];
  first.len = shortened(first.len, verdict);
  return __real___imp_WSASend(socket, &first, 1, sent, flags, overlapped, routine);
}
Send __wrap___imp_WSASend = judged_WSASend;

}  // extern "C"
