#include "support/pair.hpp"

#include <utility>
#include <vector>

namespace mtcp::test {

using namespace std::chrono_literals;

TcpManager make_manager() {
  return or_raise(TcpManager::create());
}

TcpListener make_listener(const TcpManager& manager, TcpListenerOptions options) {
  return or_raise(TcpListener::bind(manager, SocketAddr::loopback_v4(), options));
}

Pair make_pair(const TcpManager& manager) {
  auto listener = make_listener(manager);
  auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  return {std::move(client), std::move(server)};
}

void reset(TcpStream stream) {
  or_raise(stream.set_linger(0s));
}

std::size_t fill(TcpStream& stream) {
  const std::vector<std::byte> block(65536);
  std::size_t sum = 0;
  // Loopback delivers in the background: only a socket that takes nothing for a while is full.
  while (const auto written = stream.write(block, 100ms)) sum += *written;
  return sum;
}

BlackHole::BlackHole(const TcpManager& manager)
    : listener_(make_listener(manager, {.backlog = 0})),
      queued_(or_raise(TcpStream::connect(manager, address(), 60s))) {}

SocketAddr BlackHole::address() const {
  return or_raise(listener_.local_addr());
}

}  // namespace mtcp::test
