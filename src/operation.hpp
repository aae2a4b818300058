#pragma once

#include <algorithm>
#include <chrono>
#include <expected>
#include <span>
#include <system_error>
#include <utility>

#include <mtcp/native_handle.hpp>
#include <mtcp/timeout.hpp>

#include "expiry.hpp"
#include "internals.hpp"
#include "manager_state.hpp"
#include "spin.hpp"
#include "spin_places.hpp"
#include "sys/socket.hpp"
#include "sys/waiter.hpp"

namespace mtcp::detail {

/// Why an operation stopped; becomes a TcpError where its name and address are known.
struct Stop {
  TcpError::Kind kind;
  std::error_code code;  // of Kind::Failed

  TcpError error(OperationName operation, const Subject& subject,
                 std::size_t transferred = 0) const noexcept {
    if (kind == TcpError::Kind::Failed)
      return Internals::failure(code, operation, subject, nullptr, transferred);
    return Internals::error(kind, operation, subject, transferred);
  }

  /// The same as a code alone.
  std::error_code as_code() const noexcept { return error({}, {}).code(); }
};

inline std::unexpected<Stop> stop(TcpError::Kind kind) noexcept {
  return std::unexpected(Stop{kind, {}});
}
inline std::unexpected<Stop> stop(std::error_code code) noexcept {
  return std::unexpected(Stop{TcpError::Kind::Failed, code});
}

template <class T>
using Outcome = std::expected<T, Stop>;

/// What an operation waits for between two tries: that one of the sockets is ready, or that the
/// alarm rings. The attempt may change it.
struct Watch {
  std::span<const sys::Interest> interests;
  Deadline alarm;
  WaitHistory* history = nullptr;  // null: it is not worth to try again before sleeping
  bool wait_first = false;         // the first try would be in vain, as far as one can know
};

/// The one loop: cancelled? try; if it would block, wait until ready, deadline or cancel; again.
/// A composite operation runs it several times, within one deadline and against one cancel.
class Operation {
 public:
  Operation(ManagerState& manager, const Timeout& timeout) noexcept
      : manager_(manager), expiry_(timeout), ticket_(manager.cancellation()) {}

  /// Runs `attempt`, which returns a sys::Attempt, until it has a value.
  template <class Try>
  auto run(const Watch& watch, Try&& attempt)
      -> Outcome<typename decltype(attempt())::value_type::value_type> {
    using Reason = sys::Waited::Outcome;
    bool wait_first = watch.wait_first;
    Spin spin(longest_spin(), watch.history);
    Deadline end;
    for (bool over = false;;) {
      if (ticket_.cancelled()) return stop(TcpError::Kind::Cancelled);
      auto tried = std::exchange(wait_first, false) ? decltype(attempt())() : attempt();
      if (!tried || *tried) spin.paid();
      if (!tried) return stop(tried.error());
      if (*tried) return std::move(**tried);
      if (std::exchange(over, false) && !expiry_.is_put_off(end))
        return stop(TcpError::Kind::TimedOut);

      if (!spin.is_under_way()) {
        const auto now = Spin::Clock::now();
        end = expiry_.deadline(now);
        spin.begin(std::min(end, watch.alarm), now);
      }
      if (spin.goes_on()) continue;

      const auto waited =
          manager_.waiter().wait(watch.interests, spin.sleep_until(), spin.now(), ticket_);
      if (waited.outcome == Reason::Failed) return stop(waited.error);
      if (waited.outcome == Reason::Ready) spin.slept();
      // What came while this thread was kept from looking still counts: one more try.
      over = waited.outcome == Reason::TimedOut && (spin.sleep_until() == end || end.expired());
    }
  }

  /// For one socket.
  template <class Try>
  auto run(NativeHandle handle, sys::Direction direction, Try&& attempt,
           WaitHistory* history = nullptr, bool wait_first = false) {
    const sys::Interest interest{handle, direction};
    return run(Watch{{&interest, 1}, {}, history, wait_first}, std::forward<Try>(attempt));
  }

  /// Waits for nothing but the end of `length`; a deadline or a cancel before that stops it.
  Outcome<sys::Done> pause(Deadline length) noexcept {
    return run(Watch{.interests = {}, .alarm = length}, [&]() -> sys::Attempt<sys::Done> {
      if (length.expired()) return sys::Done{};
      return std::nullopt;
    });
  }

  /// Whether it may try again before it sleeps.
  bool spins() const noexcept { return longest_spin() != std::chrono::nanoseconds::zero(); }
  bool cancelled() const noexcept { return ticket_.cancelled(); }
  Expiry& expiry() noexcept { return expiry_; }

 private:
  std::chrono::nanoseconds longest_spin() const noexcept {
    return spin_places::any() ? manager_.options().spin : std::chrono::nanoseconds::zero();
  }

  ManagerState& manager_;
  Expiry expiry_;
  Ticket ticket_;
};

}  // namespace mtcp::detail
