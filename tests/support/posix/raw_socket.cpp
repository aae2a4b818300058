#include "support/raw_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace mtcp::test::raw {

namespace {

bool is_ready(const TcpStream& stream, short event) {
  pollfd polled{static_cast<int>(stream.native_handle()), event, 0};
  return ::poll(&polled, 1, 0) == 1;
}

std::pair<int, int> level_and_name(Option option) {
  switch (option) {
    case Option::Nodelay:
      return {IPPROTO_TCP, TCP_NODELAY};
    case Option::Keepalive:
      return {SOL_SOCKET, SO_KEEPALIVE};
    case Option::KeepaliveIdle:
      return {IPPROTO_TCP, TCP_KEEPIDLE};
    case Option::KeepaliveInterval:
      return {IPPROTO_TCP, TCP_KEEPINTVL};
    case Option::KeepaliveCount:
      return {IPPROTO_TCP, TCP_KEEPCNT};
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
  return ::fcntl(static_cast<int>(handle), F_GETFD) >= 0;
}

void make_blocking(NativeHandle handle) {
  const int descriptor = static_cast<int>(handle);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) & ~O_NONBLOCK);
}

bool is_readable(const TcpStream& stream) {
  return is_ready(stream, POLLIN);
}

bool is_writable(const TcpStream& stream) {
  return is_ready(stream, POLLOUT);
}

void send_urgent(const TcpStream& stream, std::string_view text) {
  const int descriptor = static_cast<int>(stream.native_handle());
  ASSERT_EQ(::send(descriptor, text.data(), text.size(), MSG_OOB), ssize_t(text.size()));
}

void send_byte(NativeHandle handle) {
  const char byte = 'x';
  ::sendto(static_cast<int>(handle), &byte, 1, MSG_DONTWAIT, nullptr, 0);
}

int take_error(NativeHandle handle) {
  int error = 0;
  socklen_t size = sizeof error;
  ::syscall(SYS_getsockopt, static_cast<int>(handle), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

int option(const TcpStream& stream, Option option) {
  const auto [level, name] = level_and_name(option);
  int value = 0;
  socklen_t size = sizeof value;
  EXPECT_EQ(::getsockopt(static_cast<int>(stream.native_handle()), level, name, &value, &size), 0);
  return value;
}

}  // namespace mtcp::test::raw
