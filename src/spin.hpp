#pragma once

#include <chrono>
#include <optional>

#include <mtcp/deadline.hpp>

#include "wait_history.hpp"

namespace mtcp::detail {

/// The short time in which an operation tries again instead of sleeping.
///
/// Two things are worth it: an answer that is expected at once, which a sleeping thread would get
/// only when it has been woken; and the last moment before a deadline, which it would miss by that.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;

  /// Of at most `longest`; as often as `history` is for it, which may be null.
  Spin(std::chrono::nanoseconds longest, WaitHistory* history) noexcept
      : longest_(longest), history_(history) {}
  Spin(const Spin&) = delete;
  Spin& operator=(const Spin&) = delete;
  ~Spin() { leave(); }

  /// Before each wait, which is to end at `end`; `now` is the clock's time.
  void begin(Deadline end, Clock::time_point now) noexcept;
  /// Whether to try once more; waits about a hundred nanoseconds before it says so.
  bool goes_on() noexcept;
  /// What was waited for has come meanwhile.
  void paid() noexcept;

  /// When the sleep after it is to end: at the end, or in time for the last spin.
  Deadline sleep_until() const noexcept { return sleep_until_; }
  /// What was waited for has come in that sleep.
  void slept() noexcept;

 private:
  std::chrono::nanoseconds length(WaitHistory::Next next) const noexcept;
  void begin_until(Clock::time_point end) noexcept;
  void leave() noexcept;

  std::chrono::nanoseconds longest_;
  WaitHistory* history_;
  std::optional<std::chrono::nanoseconds> last_;  // how long the one before the deadline is
  Deadline sleep_until_;
  Clock::time_point start_;
  Clock::time_point end_;
  bool active_ = false;
  bool is_last_ = false;
};

}  // namespace mtcp::detail
