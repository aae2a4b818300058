#include "thread_relay.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>

#include "expiry.hpp"
#include "internals.hpp"
#include "operation.hpp"

namespace mtcp::detail {

namespace {

constexpr OperationName relaying_from = {"relay", "from"};
constexpr OperationName relaying_to = {"relay", "to"};
constexpr std::size_t buffer_size = 64 * 1024;

/// The time of the pair: once one direction has found it over, it is over. Any thread.
class PairExpiry {
 public:
  explicit PairExpiry(const Timeout& timeout) noexcept : expiry_(timeout) { expiry_.start(); }

  Deadline deadline() noexcept {
    const std::lock_guard lock(mutex_);
    return expiry_.deadline();
  }

  bool over() noexcept {
    const std::lock_guard lock(mutex_);
    return over_ || expiry_.over();
  }

  /// Whether the time is over for somebody who has waited until `end`, and not begun anew
  /// meanwhile.
  bool ends_at(Deadline end) noexcept {
    const std::lock_guard lock(mutex_);
    over_ = over_ || expiry_.deadline() <= end;
    return expiry_.deadline() <= end;
  }

  void moved(std::size_t count) noexcept {
    const std::lock_guard lock(mutex_);
    if (!over_) expiry_.moved(count);
  }

 private:
  std::mutex mutex_;
  Expiry expiry_;
  bool over_ = false;
};

/// What cancels a relay, as it is at its start: the manager that both streams wait with meanwhile,
/// and another, which may be up its chain.
class Cancel {
 public:
  Cancel(const TcpManager& waiting, const TcpManager& other) noexcept
      : canceller_(waiting.canceller()), tickets_{ticket(waiting), ticket(other)} {}

  /// Whether a cancel has come since, be it that a restart followed.
  bool has_come() const noexcept { return tickets_[0].cancelled() || tickets_[1].cancelled(); }
  /// Cancels both streams.
  void pass_on() const noexcept { canceller_.cancel(); }

 private:
  static Ticket ticket(const TcpManager& manager) noexcept {
    return Ticket(Internals::state(manager)->cancellation());
  }

  TcpCanceller canceller_;
  std::array<Ticket, 2> tickets_;
};

/// Ties a stream to another manager for a while.
class Tied {
 public:
  Tied(StreamRef stream, const TcpManager& manager) : stream_(stream), before_(stream.manager()) {
    stream_.tie(manager);
  }
  Tied(const Tied&) = delete;
  Tied& operator=(const Tied&) = delete;
  ~Tied() { stream_.tie(before_); }

 private:
  StreamRef stream_;
  TcpManager before_;
};

class Relay {
 public:
  Relay(const Timeout& timeout, Cancel cancel) noexcept
      : expiry_(timeout), cancel_(std::move(cancel)) {}

  /// One direction, until it ends or both do.
  void pump(StreamRef from, StreamRef to, std::span<std::byte> buffer,
            RelayDirection& report) noexcept {
    for (bool first = true;; first = false) {
      const bool last = !first && expiry_.over();
      const auto count = in_time(from, [&](Deadline end) { return from.read(buffer, end); });
      if (!count && !count.error().timed_out()) end_both(count.error());
      if (!count) return fail(count.error(), relaying_from, report);
      if (*count == 0) return hand_on_end(to, report);
      if (!write_all(to, buffer.first(*count), report)) return;
      if (last) return fail(stopped(Kind::TimedOut, from), relaying_from, report);
    }
  }

  /// The other direction hears of it too; `error` is its reason.
  void end_both(const TcpError& error) noexcept {
    const std::lock_guard lock(mutex_);
    if (reason_) return;
    reason_ = error;
    cancel_.pass_on();
  }

 private:
  using Kind = TcpError::Kind;

  /// An operation on `stream` whose time begins anew whenever the other direction moves something.
  template <class Call>
  Result<std::size_t> in_time(StreamRef stream, Call call) noexcept {
    for (;;) {
      if (cancel_.has_come()) return std::unexpected(stopped(Kind::Cancelled, stream));
      const Deadline end = expiry_.deadline();
      auto done = call(end);
      if (done || !done.error().timed_out() || expiry_.ends_at(end)) return done;
    }
  }

  bool write_all(StreamRef to, ConstBytes bytes, RelayDirection& report) noexcept {
    std::span<const std::byte> rest(bytes.data(), bytes.size());
    while (!rest.empty()) {
      const auto count = in_time(to, [&](Deadline end) { return to.write(rest, end); });
      if (!count && count.error().cancelled()) end_both(count.error());
      if (!count) {
        fail(count.error(), relaying_to, report);
        return false;
      }
      rest = rest.subspan(*count);
      report.bytes += *count;
      expiry_.moved(*count);
    }
    return true;
  }

  void hand_on_end(StreamRef to, RelayDirection& report) noexcept {
    if (const auto shut = to.shutdown(Shutdown::Write); !shut)
      fail(shut.error(), relaying_to, report);
  }

  void fail(const TcpError& error, OperationName name, RelayDirection& report) noexcept {
    const std::lock_guard lock(mutex_);
    const std::size_t moved = saturated(report.bytes);
    report.error = error.cancelled() && reason_ && !reason_->cancelled()
                       ? Internals::renamed(*reason_, relaying_to, moved)
                       : Internals::renamed(error, name, moved);
  }

  static TcpError stopped(Kind kind, StreamRef stream) noexcept {
    const auto peer = stream.peer_addr();
    return Internals::error(kind, relaying_from, peer ? Subject(*peer) : Subject());
  }

  PairExpiry expiry_;
  Cancel cancel_;
  std::mutex mutex_;
  std::optional<TcpError> reason_;
};

/// A thread that ends a relay when a manager is cancelled with which neither stream waits.
class Listening {
 public:
  /// `manager` is a child made for this. May throw std::system_error.
  Listening(TcpManager manager, Relay& relay)
      : manager_(std::move(manager)),
        operation_(*Internals::state(manager_), Deadline::never()),
        thread_([this, &relay] {
          const auto heard = operation_.pause(Deadline::never());
          if (!heard) relay.end_both(heard.error().error(relaying_from, {}));
        }) {}
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    manager_.canceller().cancel();
    thread_.join();
  }

 private:
  TcpManager manager_;
  Operation operation_;  // from now on, however late the thread comes
  std::thread thread_;
};

RelayReport refuse(const TcpError& error) noexcept {
  const auto told = Internals::renamed(error, {"relay", ""}, 0);
  return {{0, told}, {0, told}};
}

/// Both streams are tied to the manager with which `relay` cancels.
RelayReport relay_tied(StreamRef a, StreamRef b, Relay& relay) {
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(2 * buffer_size);
  const std::span<std::byte> forth(buffer.get(), buffer_size);
  const std::span<std::byte> back(buffer.get() + buffer_size, buffer_size);
  RelayReport report;
  std::thread other([&] { relay.pump(b, a, back, report.b_to_a); });
  relay.pump(a, b, forth, report.a_to_b);
  other.join();
  return report;
}

}  // namespace

RelayReport relay_by_threads(StreamRef a, StreamRef b, const Timeout& timeout) try {
  const TcpManager of_a = a.manager();
  const TcpManager of_b = b.manager();
  const auto* younger = Internals::state(of_a)->younger(*Internals::state(of_b));
  const auto both = (younger == Internals::state(of_b).get() ? of_b : of_a).child();
  if (!both) return refuse(both.error());
  const Tied tied_a(a, *both);
  const Tied tied_b(b, *both);
  if (younger) {
    Relay relay(timeout, Cancel(*both, *both));
    return relay_tied(a, b, relay);
  }
  const auto other = of_b.child();
  if (!other) return refuse(other.error());
  Relay relay(timeout, Cancel(*both, *other));
  const Listening listening(*other, relay);
  return relay_tied(a, b, relay);
} catch (const std::system_error& error) {
  return refuse(Internals::failure(error.code(), {"relay", ""}, {}, "there can be no thread"));
}

}  // namespace mtcp::detail
