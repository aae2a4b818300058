#include "support/relayed.hpp"

#include <chrono>

namespace mtcp::test {

void PrintTo(RelayWay way, std::ostream* out) {
  *out << (way == RelayWay::OneThread ? "OneThread" : "TwoThreads");
}

RelayReport relay_by(RelayWay way, TcpStream& a, TcpStream& b, Timeout timeout) {
  if (way == RelayWay::OneThread) return relay(a, b, timeout);
  return relay(StreamRef(a), StreamRef(b), timeout);
}

RunningRelay::RunningRelay(RelayWay way, const TcpManager& manager, TcpStream& a, TcpStream& b,
                           Timeout timeout)
    : manager_(manager), result_(std::async(std::launch::async, [way, &a, &b, timeout] {
        return relay_by(way, a, b, timeout);
      })) {}

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
