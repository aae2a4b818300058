#include "support/system_calls.hpp"

#include <algorithm>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mtcp::test {

namespace {

/// Whether the call shall fail; then errno is set.
bool fails(const Verdict& verdict) {
  if (verdict.action != Verdict::Action::Fail) return false;
  errno = verdict.error;
  return true;
}

std::size_t shortened(std::size_t size, const Verdict& verdict) {
  if (verdict.action != Verdict::Action::Shorten) return size;
  return std::min<std::size_t>(size, verdict.size);
}

}  // namespace

}  // namespace mtcp::test

// What the linker puts in the place of the library's calls.

using mtcp::test::fails;
using mtcp::test::judge;
using mtcp::test::shortened;

#define MTCP_WRAP_AS(as, result, name, parameters, descriptor, arguments) \
  extern "C" result __real_##name parameters;                             \
  extern "C" result __wrap_##name parameters {                            \
    if (fails(judge(as, descriptor))) return -1;                          \
    return __real_##name arguments;                                       \
  }
#define MTCP_WRAP(result, name, parameters, descriptor, arguments) \
  MTCP_WRAP_AS(#name, result, name, parameters, descriptor, arguments)

MTCP_WRAP(int, socket, (int a, int b, int c), -1, (a, b, c))
MTCP_WRAP(int, bind, (int s, const sockaddr* a, socklen_t n), s, (s, a, n))
MTCP_WRAP(int, listen, (int s, int n), s, (s, n))
MTCP_WRAP_AS("accept4", int, accept, (int s, sockaddr* a, socklen_t* n), s, (s, a, n))
MTCP_WRAP(int, connect, (int s, const sockaddr* a, socklen_t n), s, (s, a, n))
MTCP_WRAP(int, shutdown, (int s, int h), s, (s, h))
MTCP_WRAP(int, setsockopt, (int s, int l, int o, const void* v, socklen_t n), s, (s, l, o, v, n))
MTCP_WRAP(int, getsockopt, (int s, int l, int o, void* v, socklen_t* n), s, (s, l, o, v, n))
MTCP_WRAP(int, getsockname, (int s, sockaddr* a, socklen_t* n), s, (s, a, n))
MTCP_WRAP(int, getpeername, (int s, sockaddr* a, socklen_t* n), s, (s, a, n))
MTCP_WRAP(int, eventfd, (unsigned v, int f), -1, (v, f))
MTCP_WRAP_AS(t == 0 ? "poll" : "ppoll", int, poll, (pollfd * p, nfds_t n, int t), -1, (p, n, t))
MTCP_WRAP(int, ppoll, (pollfd * p, nfds_t n, const timespec* t, const sigset_t* m), -1,
          (p, n, t, m))
MTCP_WRAP(int, pipe2, (int* ends, int f), -1, (ends, f))
MTCP_WRAP_AS("eventfd", int, pipe, (int* ends), -1, (ends))
MTCP_WRAP(int, sigaction, (int s, const struct sigaction* a, struct sigaction* o), -1, (s, a, o))

extern "C" {

int __real_accept4(int, sockaddr*, socklen_t*, int);
int __wrap_accept4(int descriptor, sockaddr* peer, socklen_t* size, int flags) {
  // Without a descriptor, it is asked only whether there is such a call.
  if (descriptor >= 0 && fails(judge("accept4", descriptor))) return -1;
  return __real_accept4(descriptor, peer, size, flags);
}

int __real_close(int);
int __wrap_close(int descriptor) {
  const auto verdict = judge("close", descriptor);
  const int result = __real_close(descriptor);
  return fails(verdict) ? -1 : result;
}

ssize_t __real_recv(int, void*, size_t, int);
ssize_t __wrap_recv(int descriptor, void* buffer, size_t size, int flags) {
  const auto verdict = judge("recv", descriptor);
  if (fails(verdict)) return -1;
  return __real_recv(descriptor, buffer, shortened(size, verdict), flags);
}

ssize_t __real_send(int, const void*, size_t, int);
ssize_t __wrap_send(int descriptor, const void* buffer, size_t size, int flags) {
  const auto verdict = judge("send", descriptor);
  if (fails(verdict)) return -1;
  return __real_send(descriptor, buffer, shortened(size, verdict), flags);
}

ssize_t __real_sendmsg(int, const msghdr*, int);
ssize_t __wrap_sendmsg(int descriptor, const msghdr* message, int flags) {
  const auto verdict = judge("sendmsg", descriptor);
  if (fails(verdict)) return -1;
  if (verdict.action == mtcp::test::Verdict::Action::Shorten) {
    const std::span pieces(message->msg_iov, size_t(message->msg_iovlen));
    for (const auto& piece : pieces)  // the first that is not empty
      if (piece.iov_len != 0)
        return __real_send(descriptor, piece.iov_base, shortened(piece.iov_len, verdict), flags);
  }
  return __real_sendmsg(descriptor, message, flags);
}

ssize_t __real_splice(int, loff_t*, int, loff_t*, size_t, unsigned);
ssize_t __wrap_splice(int from, loff_t* skip, int to, loff_t* place, size_t size, unsigned flags) {
  const auto verdict = judge("splice", from);
  if (fails(verdict)) return -1;
  return __real_splice(from, skip, to, place, shortened(size, verdict), flags);
}

ssize_t __real_read(int, void*, size_t);
ssize_t __wrap_read(int descriptor, void* buffer, size_t size) {
  return fails(judge("read", descriptor)) ? -1 : __real_read(descriptor, buffer, size);
}

ssize_t __real_write(int, const void*, size_t);
ssize_t __wrap_write(int descriptor, const void* buffer, size_t size) {
  return fails(judge("write", descriptor)) ? -1 : __real_write(descriptor, buffer, size);
}

int __real_fcntl(int, int, int);
int __wrap_fcntl(int descriptor, int command, int argument) {
  return fails(judge("fcntl", descriptor)) ? -1 : __real_fcntl(descriptor, command, argument);
}

int __real_ioctl(int, unsigned long, void*);
int __wrap_ioctl(int descriptor, unsigned long request, void* argument) {
  return fails(judge("ioctl", descriptor)) ? -1 : __real_ioctl(descriptor, request, argument);
}

}  // extern "C"
