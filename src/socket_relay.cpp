#include "socket_relay.hpp"

#include <array>

#include "operation.hpp"
#include "socket_calls.hpp"

namespace mtcp::detail {

namespace {

constexpr OperationName relaying_from = {"relay", "from"};
constexpr OperationName relaying_to = {"relay", "to"};

/// One direction: reads from one end and writes to the other.
class Pump {
 public:
  Pump(Endpoint from, Endpoint to, RelayDirection& report)
      : from_(from), to_(to), report_(report), conduit_(from, to) {}

  bool done() const noexcept { return done_; }

  /// What must be ready for it to go on.
  sys::Interest interest() const noexcept {
    if (conduit_.empty()) return {from_.handle, sys::Direction::Read};
    return {to_.handle, sys::Direction::Write};
  }

  /// Reads, unless something is left to write, and writes, once each; how many bytes were written.
  std::size_t step() noexcept {
    if (!done_ && conduit_.empty()) fill();
    return !done_ && !conduit_.empty() ? drain() : 0;
  }

  /// Why nothing can be read any more, if not by the end of the stream: the connection is broken,
  /// so that nothing can be written to it either.
  std::error_code source_error() const noexcept { return source_error_; }

  void fail_target(std::error_code error) noexcept {
    fail(Internals::failure(error, relaying_to, peer_subject(*to_.state), nullptr,
                            saturated(report_.bytes)));
  }

  void fail(const Stop& stop) noexcept {
    fail(stop.error(relaying_from, peer_subject(*from_.state), saturated(report_.bytes)));
  }

 private:
  void fail(const TcpError& error) noexcept {
    if (done_) return;
    done_ = true;
    report_.error = error;
  }

  void fill() noexcept {
    const auto received = conduit_.fill();
    if (!received) {
      source_error_ = received.error();
      return fail(Stop{TcpError::Kind::Failed, received.error()});
    }
    if (*received && **received == 0) hand_on_end();
  }

  std::size_t drain() noexcept {
    const auto sent = conduit_.drain();
    if (!sent) fail_target(sent.error());
    if (!sent || !*sent) return 0;
    report_.bytes += **sent;
    return **sent;
  }

  void hand_on_end() noexcept {
    if (const auto shut = shutdown(to_.handle, to_.state, Shutdown::Write); !shut)
      fail(shut.error());
    done_ = true;
  }

  Endpoint from_;
  Endpoint to_;
  RelayDirection& report_;
  Conduit conduit_;
  bool done_ = false;
  std::error_code source_error_;
};

/// Both directions, within one operation.
class Relay {
 public:
  Relay(Operation& operation, Pump& one, Pump& other) noexcept
      : operation_(operation), pumps_{&one, &other} {}

  /// Until both directions are done, or time or a cancel stops them.
  Outcome<void> run() noexcept {
    operation_.expiry().start();
    for (bool first = true; !done(); first = false) {
      const bool last = !first && operation_.expiry().over();
      auto moved = operation_.run(watch_, [&] { return step(); });
      if (!moved) return std::unexpected(moved.error());
      if (last && !done()) return stop(TcpError::Kind::TimedOut);
    }
    return {};
  }

 private:
  bool done() const noexcept { return pumps_[0]->done() && pumps_[1]->done(); }

  /// A value when at least one byte was handed on, or nothing is left to do. No longer than that,
  /// so that an idle limit starts anew and a total one is looked at.
  sys::Attempt<sys::Done> step() noexcept {
    const std::size_t count = pumps_[0]->step() + pumps_[1]->step();
    end_together(*pumps_[0], *pumps_[1]);
    end_together(*pumps_[1], *pumps_[0]);
    if (count != 0) operation_.expiry().moved(count);
    if (count != 0 || done()) return sys::Done{};
    look();
    return std::nullopt;
  }

  static void end_together(const Pump& pump, Pump& opposite) noexcept {
    if (const auto error = pump.source_error()) opposite.fail_target(error);
  }

  void look() noexcept {
    std::size_t count = 0;
    for (const Pump* pump : pumps_)
      if (!pump->done()) interests_[count++] = pump->interest();
    watch_ = {{interests_.data(), count}, {}};
  }

  Operation& operation_;
  std::array<Pump*, 2> pumps_;
  std::array<sys::Interest, 2> interests_{};
  Watch watch_;
};

}  // namespace

RelayReport relay_sockets(ManagerState& manager, Endpoint a, Endpoint b, const Timeout& timeout) {
  RelayReport report;
  Pump forth(a, b, report.a_to_b);
  Pump back(b, a, report.b_to_a);
  Operation operation(manager, timeout);
  if (auto done = Relay(operation, forth, back).run(); !done) {
    forth.fail(done.error());
    back.fail(done.error());
  }
  return report;
}

}  // namespace mtcp::detail
