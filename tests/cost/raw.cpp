#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "connection.hpp"
#include "helper.hpp"
#include "operations.hpp"
#include "repeat.hpp"

namespace cost {

namespace {

constexpr auto size = static_cast<ssize_t>(sizeof(Message));

void set_receive_timeout(int socket, std::chrono::microseconds timeout) {
  const timeval value{.tv_sec = timeout / std::chrono::seconds(1),
                      .tv_usec = (timeout % std::chrono::seconds(1)).count()};
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value) < 0) fail("setsockopt");
}

sockaddr_in local_address(int listener) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) < 0)
    fail("getsockname");
  return address;
}

}  // namespace

void raw_recv(unsigned count) {
  Connection connection;
  connection.queue_messages();
  const int socket = connection.blocking();
  Message buffer;
  repeat(count, [&](unsigned) { return ::recv(socket, buffer.data(), sizeof buffer, 0) == size; });
}

void raw_send(unsigned count) {
  Connection connection;
  const int socket = connection.blocking();
  repeat(count, [&](unsigned) {
    return ::send(socket, message.data(), sizeof message, MSG_NOSIGNAL) == size;
  });
}

void raw_sendmsg(unsigned count) {
  Connection connection;
  const int socket = connection.blocking();
  Message piece = message;
  repeat(count, [&](unsigned) {
    std::array<iovec, 2> pieces = {{{piece.data(), sizeof piece}, {piece.data(), sizeof piece}}};
    msghdr header{};
    header.msg_iov = pieces.data();
    header.msg_iovlen = pieces.size();
    return ::sendmsg(socket, &header, MSG_NOSIGNAL) == 2 * size;
  });
}

void raw_accept(unsigned count) {
  const auto listener = mtcp::or_raise(mtcp::TcpListener::bind(make_manager(), "127.0.0.1:0"));
  queue_connections(listener);
  repeat(count, [socket = int(listener.native_handle())](unsigned) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int accepted =
        ::accept4(socket, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_CLOEXEC);
    return accepted >= 0 && ::close(accepted) == 0;
  });
}

void raw_connect(unsigned count) {
  const auto listener = mtcp::or_raise(mtcp::TcpListener::bind(make_manager(), "127.0.0.1:0"));
  const sockaddr_in address = local_address(int(listener.native_handle()));
  repeat(count, [&](unsigned) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    return ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
           ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
           ::close(socket) == 0;
  });
}

void raw_recv_waiting(unsigned count) {
  Connection connection;
  const int socket = connection.blocking();
  set_receive_timeout(socket, patience);
  Helper helper(SYS_recvfrom,
                [&](unsigned) { mtcp::or_raise(connection.peer.write_all(message, patience)); });
  Message buffer;
  repeat(count, [&](unsigned) {
    const bool received = ::recv(socket, buffer.data(), sizeof buffer, 0) == size;
    helper.operation_is_done();
    return received;
  });
}

void raw_poll_waiting(unsigned count) {
  Connection connection;
  const int socket{connection.stream.native_handle()};
  constexpr int milliseconds = static_cast<int>(std::chrono::milliseconds(patience).count());
  Helper helper(poll_number,
                [&](unsigned) { mtcp::or_raise(connection.peer.write_all(message, patience)); });
  Message buffer;
  repeat(count, [&](unsigned) {
    pollfd polled{socket, POLLIN, 0};
    const bool received = ::recv(socket, buffer.data(), sizeof buffer, MSG_DONTWAIT) < 0 &&
                          ::poll(&polled, 1, milliseconds) == 1 &&
                          ::recv(socket, buffer.data(), sizeof buffer, MSG_DONTWAIT) == size;
    helper.operation_is_done();
    return received;
  });
}

}  // namespace cost
