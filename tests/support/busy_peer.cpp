#include "support/busy_peer.hpp"

#include <span>
#include <utility>
#include <vector>

#include "support/pair.hpp"

namespace mtcp::test {

BusyPeer::BusyPeer(TcpStream stream, Step step)
    : manager_(make_manager()), stream_(std::move(stream)) {
  stream_.tie(manager_);
  thread_ = std::jthread([this, step = std::move(step)] {
    while (step(manager_, stream_)) continue;
  });
}

BusyPeer::~BusyPeer() {
  manager_.canceller().cancel();
}

TcpStream BusyPeer::stop() {
  manager_.canceller().cancel();
  if (thread_.joinable()) thread_.join();
  manager_.restart();
  return std::move(stream_);
}

BusyPeer::Step trickle(std::chrono::nanoseconds pause) {
  return [=](const TcpManager& manager, TcpStream& stream) {
    const std::byte one{1};
    return stream.write_all(std::span(&one, 1)) && manager.sleep(pause);
  };
}

BusyPeer::Step flood() {
  return [block = std::vector<std::byte>(65536)](const TcpManager&, TcpStream& stream) {
    return stream.write(block).has_value();
  };
}

BusyPeer::Step drain() {
  return [block = std::vector<std::byte>(1 << 20)](const TcpManager&, TcpStream& stream) mutable {
    const auto count = stream.read(block);
    return count && *count != 0;
  };
}

BusyPeer::Step sip(std::size_t size, std::chrono::nanoseconds pause) {
  return [=, block = std::vector<std::byte>(size)](const TcpManager& manager,
                                                   TcpStream& stream) mutable {
    const auto count = stream.read(block);
    return count && *count != 0 && manager.sleep(pause);
  };
}

}  // namespace mtcp::test
