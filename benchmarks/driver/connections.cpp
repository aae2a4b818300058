#include "connections.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>

#include "failure.hpp"
#include "interruption.hpp"

namespace bench {
namespace {

UniqueFd connect_to(std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Bounds connect(): a system that stops accepting must not hold the driver for minutes.
  const timeval limit = {.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);

  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw Failure(std::string("the driver cannot connect: ") + std::strerror(errno));
  }
  return socket;
}

}  // namespace

Connections connect_many(int count, std::uint16_t port) {
  Connections connections;
  connections.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    check_interruption();
    connections.push_back(connect_to(port));
  }
  return connections;
}

void reset_all(Connections& connections) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  for (const UniqueFd& socket : connections) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  connections.clear();
}

}  // namespace bench
