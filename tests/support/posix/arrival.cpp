#include "support/arrival.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace mtcp::test {

namespace {

bool has_event(const TcpStream& stream, short event) {
  pollfd polled{static_cast<int>(stream.native_handle()), event, 0};
  return ::poll(&polled, 1, 0) == 1 && (polled.revents & event) != 0;
}

/// Of the type that this C library's ioctl() takes.
template <auto request>
int count_of(const TcpStream& stream) {
  int count = 0;
  if (::ioctl(static_cast<int>(stream.native_handle()), request, &count) < 0) return -1;
  return count;
}

}  // namespace

void await_bytes(const TcpStream& stream, std::size_t count) {
  await("bytes", [&] {
    const int there = count_of<FIONREAD>(stream);
    return there >= 0 && static_cast<std::size_t>(there) >= count;
  });
}

void await_end(const TcpStream& stream) {
  await("the end", [&] { return has_event(stream, POLLRDHUP); });
}

void await_reset(const TcpStream& stream) {
  await("a reset", [&] {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(static_cast<int>(stream.native_handle()), IPPROTO_TCP, TCP_INFO, &info, &size);
    // qemu hands out four bytes, and swaps them where the processor's order is not its own.
    if (size <= sizeof(int)) return has_event(stream, POLLHUP);
    return info.tcpi_state == TCP_CLOSE;
  });
}

void await_delivery(const TcpStream& stream) {
  await("acknowledgements", [&] { return count_of<SIOCOUTQ>(stream) == 0; });
}

void await_taken(const TcpStream& from, const TcpStream& to) {
  await_delivery(from);
  await("a reader", [&] { return count_of<FIONREAD>(to) == 0; });
}

}  // namespace mtcp::test
