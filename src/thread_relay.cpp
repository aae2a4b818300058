#include "thread_relay.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "expiry.hpp"
#include "internals.hpp"

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
  /// What a stream waits in is cancelled by one of `cancellers`.
  Relay(const Timeout& timeout, std::array<TcpCanceller, 2> cancellers)
      : expiry_(timeout), cancellers_(std::move(cancellers)) {}

  /// One direction, until it ends or both do.
  void pump(StreamRef from, StreamRef to, std::span<std::byte> buffer,
            RelayDirection& report) noexcept {
    for (bool first = true;; first = false) {
      const bool last = !first && expiry_.over();
      const auto count = in_time([&](Deadline end) { return from.read(buffer, end); });
      if (!count && !count.error().timed_out()) end_both(count.error());
      if (!count) return fail(count.error(), relaying_from, report);
      if (*count == 0) return hand_on_end(to, report);
      if (!write_all(to, buffer.first(*count), report)) return;
      if (last) return fail(time_is_over(from), relaying_from, report);
    }
  }

 private:
  /// An operation whose time begins anew whenever the other direction moves something.
  template <class Call>
  Result<std::size_t> in_time(Call call) noexcept {
    for (;;) {
      const Deadline end = expiry_.deadline();
      auto done = call(end);
      if (done || !done.error().timed_out() || expiry_.ends_at(end)) return done;
    }
  }

  bool write_all(StreamRef to, ConstBytes bytes, RelayDirection& report) noexcept {
    std::span<const std::byte> rest(bytes.data(), bytes.size());
    while (!rest.empty()) {
      const auto count = in_time([&](Deadline end) { return to.write(rest, end); });
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

  /// The opposite direction hears of a cancel; `error` is its reason.
  void end_both(const TcpError& error) noexcept {
    const std::lock_guard lock(mutex_);
    if (reason_) return;
    reason_ = error;
    for (const TcpCanceller& canceller : cancellers_) canceller.cancel();
  }

  void fail(const TcpError& error, OperationName name, RelayDirection& report) noexcept {
    const std::lock_guard lock(mutex_);
    report.error = error.cancelled() && reason_ && !reason_->cancelled()
                       ? Internals::renamed(*reason_, relaying_to, report.bytes)
                       : Internals::renamed(error, name, report.bytes);
  }

  static TcpError time_is_over(StreamRef from) noexcept {
    const auto peer = from.peer_addr();
    return Internals::error(TcpError::Kind::TimedOut, relaying_from,
                            peer ? Subject(*peer) : Subject());
  }

  PairExpiry expiry_;
  std::array<TcpCanceller, 2> cancellers_;
  std::mutex mutex_;
  std::optional<TcpError> reason_;
};

RelayReport refuse(const TcpError& error) noexcept {
  const auto told = Internals::renamed(error, {"relay", ""}, 0);
  return {{0, told}, {0, told}};
}

}  // namespace

RelayReport relay_by_threads(StreamRef a, StreamRef b, const Timeout& timeout) {
  const auto manager_a = a.manager().child();
  if (!manager_a) return refuse(manager_a.error());
  const auto manager_b = b.manager().child();
  if (!manager_b) return refuse(manager_b.error());
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(2 * buffer_size);
  const std::span<std::byte> forth(buffer.get(), buffer_size);
  const std::span<std::byte> back(buffer.get() + buffer_size, buffer_size);
  const Tied tied_a(a, *manager_a);
  const Tied tied_b(b, *manager_b);
  Relay relay(timeout, {manager_a->canceller(), manager_b->canceller()});
  RelayReport report;
  std::thread other;
  try {
    other = std::thread([&] { relay.pump(b, a, back, report.b_to_a); });
  } catch (const std::system_error& error) {
    return refuse(Internals::failure(error.code(), {"relay", ""}, {}, "there can be no thread"));
  }
  relay.pump(a, b, forth, report.a_to_b);
  other.join();
  return report;
}

}  // namespace mtcp::detail
