#include <array>
#include <vector>

#include <mtcp/relay.hpp>

#include "operation.hpp"
#include "socket_calls.hpp"
#include "socket_state.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;

constexpr OperationName relaying_from = {"relay", "from"};
constexpr OperationName relaying_to = {"relay", "to"};
constexpr std::size_t buffer_size = 64 * 1024;

/// One end of the relay.
struct End {
  NativeHandle handle;
  detail::SocketState* state;
};

/// One direction: what was read from one end and is to be written to the other.
class Pump {
 public:
  Pump(End from, End to, RelayDirection& report)
      : from_(from), to_(to), report_(report), buffer_(buffer_size) {}

  bool done() const noexcept { return done_; }

  /// What must be ready for it to go on.
  sys::Interest interest() const noexcept {
    if (begin_ != end_) return {to_.handle, sys::Direction::Write};
    return {from_.handle, sys::Direction::Read};
  }

  /// Reads, unless something is left to write, and writes, once each; how many bytes were written.
  std::size_t step() noexcept {
    if (!done_ && begin_ == end_) fill();
    return !done_ && begin_ != end_ ? drain() : 0;
  }

  /// Why nothing can be read any more, if not by the end of the stream: the connection is broken,
  /// so that nothing can be written to it either.
  std::error_code source_error() const noexcept { return source_error_; }

  void fail_target(std::error_code error) noexcept {
    fail(Internals::failure(error, relaying_to, detail::peer_subject(*to_.state), nullptr,
                            report_.bytes));
  }

  void fail(const TcpError& error) noexcept {
    if (done_) return;
    done_ = true;
    report_.error = error;
  }

  void fail(const detail::Stop& stop) noexcept {
    fail(stop.error(relaying_from, detail::peer_subject(*from_.state), report_.bytes));
  }

 private:
  void fill() noexcept {
    const auto received = from_.state->receive(from_.handle, buffer_, sys::Receive::Take);
    if (!received) {
      source_error_ = received.error();
      return fail(detail::Stop{TcpError::Kind::Failed, received.error()});
    }
    if (!*received) return;
    begin_ = 0;
    end_ = **received;
    if (end_ == 0) hand_on_end();
  }

  std::size_t drain() noexcept {
    const ConstBytes rest = std::span(buffer_).subspan(begin_, end_ - begin_);
    const auto sent = to_.state->send(to_.handle, {&rest, 1}, 0);
    if (!sent) fail_target(sent.error());
    if (!sent || !*sent) return 0;
    begin_ += **sent;
    report_.bytes += **sent;
    return **sent;
  }

  void hand_on_end() noexcept {
    if (const auto shut = detail::shutdown(to_.handle, to_.state, Shutdown::Write); !shut)
      fail(shut.error());
    done_ = true;
  }

  End from_;
  End to_;
  RelayDirection& report_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool done_ = false;
  std::error_code source_error_;
};

/// Both directions, within one operation.
class Relay {
 public:
  Relay(detail::Operation& operation, Pump& one, Pump& other) noexcept
      : operation_(operation), pumps_{&one, &other} {}

  /// Until both directions are done, or time or a cancel stops them.
  detail::Outcome<void> run() noexcept {
    operation_.expiry().start();
    for (bool first = true; !done(); first = false) {
      const bool last = !first && operation_.expiry().over();
      auto moved = operation_.run(watch_, [&] { return step(); });
      if (!moved) return std::unexpected(moved.error());
      if (last && !done()) return detail::stop(TcpError::Kind::TimedOut);
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

  detail::Operation& operation_;
  std::array<Pump*, 2> pumps_;
  std::array<sys::Interest, 2> interests_{};
  detail::Watch watch_;
};

RelayReport refuse(std::error_code code, const char* reason) {
  const auto error = Internals::failure(code, {"relay", ""}, {}, reason);
  return {{0, error}, {0, error}};
}

}  // namespace

RelayReport relay(TcpStream& a, TcpStream& b, Timeout timeout) {
  if (!a.native_handle().valid() || !b.native_handle().valid())
    return refuse(detail::no_object(), "a stream has no socket (moved-from)");
  auto* manager = Internals::manager_of(a)->younger(*Internals::manager_of(b));
  if (!manager)
    return refuse(std::make_error_code(std::errc::invalid_argument),
                  "the streams' managers are not related");
  RelayReport report;
  const End end_a{a.native_handle(), Internals::state(a).get()};
  const End end_b{b.native_handle(), Internals::state(b).get()};
  Pump forth(end_a, end_b, report.a_to_b);
  Pump back(end_b, end_a, report.b_to_a);
  detail::Operation operation(*manager, timeout);
  if (auto done = Relay(operation, forth, back).run(); !done) {
    forth.fail(done.error());
    back.fail(done.error());
  }
  return report;
}

}  // namespace mtcp
