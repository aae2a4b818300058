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
constexpr int rounds_between_waits = 16;

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

  /// Reads or writes once; how many bytes were written, nothing if it would block or is done.
  std::optional<std::size_t> step() noexcept {
    if (done_) return std::nullopt;
    return begin_ == end_ ? fill() : drain();
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
  std::optional<std::size_t> fill() noexcept {
    const auto received = from_.state->receive(from_.handle, buffer_, sys::Receive::Take);
    if (!received) {
      fail(detail::Stop{TcpError::Kind::Failed, received.error()});
      return std::nullopt;
    }
    if (!*received) return std::nullopt;
    begin_ = 0;
    end_ = **received;
    if (end_ == 0) hand_on_end();
    return 0;
  }

  std::optional<std::size_t> drain() noexcept {
    const ConstBytes rest = std::span(buffer_).subspan(begin_, end_ - begin_);
    const auto sent = to_.state->send(to_.handle, {&rest, 1}, 0);
    if (!sent) {
      fail(Internals::failure(sent.error(), relaying_to, detail::peer_subject(*to_.state), nullptr,
                              report_.bytes));
      return std::nullopt;
    }
    if (!*sent) return std::nullopt;
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
};

/// Both directions, as the attempt of one operation.
class Relay {
 public:
  Relay(detail::Operation& operation, Pump& one, Pump& other) noexcept
      : operation_(operation), pumps_{&one, &other} {}

  const detail::Watch& watch() const noexcept { return watch_; }

  sys::Attempt<sys::Done> step() noexcept {
    for (int round = 0; round < rounds_between_waits; ++round) {
      bool moved = false;
      for (Pump* pump : pumps_) {
        const auto count = pump->step();
        if (count && *count != 0) operation_.expiry().moved(*count);
        moved = moved || count.has_value();
      }
      if (!moved) break;
    }
    return look();
  }

 private:
  sys::Attempt<sys::Done> look() noexcept {
    std::size_t count = 0;
    for (const Pump* pump : pumps_)
      if (!pump->done()) interests_[count++] = pump->interest();
    if (count == 0) return sys::Done{};
    watch_ = {{interests_.data(), count}, {}};
    return std::nullopt;
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
  operation.expiry().start();
  Relay relay(operation, forth, back);
  if (auto done = operation.run(relay.watch(), [&] { return relay.step(); }); !done) {
    forth.fail(done.error());
    back.fail(done.error());
  }
  return report;
}

}  // namespace mtcp
