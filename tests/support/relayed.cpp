#include "support/relayed.hpp"

#include <chrono>

namespace mtcp::test {

RunningRelay::RunningRelay(const TcpManager& manager, TcpStream& a, TcpStream& b, Timeout timeout)
    : manager_(manager),
      result_(std::async(std::launch::async, [&a, &b, timeout] { return relay(a, b, timeout); })) {}

RunningRelay::~RunningRelay() {
  if (result_.valid()) manager_.canceller().cancel();
}

bool RunningRelay::over() const {
  return result_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

RelayReport RunningRelay::report() {
  return result_.get();
}

Relayed::Relayed() {
  left_.tie(outside_);
  right_.tie(outside_);
}

}  // namespace mtcp::test
