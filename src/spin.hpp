#pragma once

#include <chrono>
#include <optional>

#include <mtcp/deadline.hpp>

#include "spin_places.hpp"
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
  ~Spin() {
    if (active_) spin_places::leave();
  }

  /// Before each wait, which is to end at `end`; `now` is the clock's time.
  void begin(Deadline end, Clock::time_point now) noexcept {
    start_ = now_ = now;
    sleep_until_ = end;
    is_last_ = false;
    if (longest_ > longest_.zero()) choose(end);
  }
  /// Whether to try once more; waits about a hundred nanoseconds before it says so.
  bool goes_on() noexcept { return active_ && has_time(); }
  bool is_under_way() const noexcept { return active_; }
  /// What was waited for has come; it may have been before the spin.
  void paid() noexcept {
    if (active_ && history_ && !is_last_) history_->spin_paid(Clock::now() - start_, longest_);
  }

  /// The clock's time, as far as it has been read.
  Clock::time_point now() const noexcept { return now_; }

  /// When the sleep after it is to end: at the end, or in time for the last spin.
  Deadline sleep_until() const noexcept { return sleep_until_; }
  /// What was waited for has come in that sleep.
  void slept() noexcept {
    if (history_) history_->slept(Clock::now() - start_, longest_);
  }

 private:
  void choose(Deadline end) noexcept;
  bool has_time() noexcept;
  std::chrono::nanoseconds length(WaitHistory::Next next) const noexcept;
  void begin_until(Clock::time_point end) noexcept;

  std::chrono::nanoseconds longest_;
  WaitHistory* history_;
  std::optional<std::chrono::nanoseconds> last_;  // how long the one before the deadline is
  Deadline sleep_until_;
  Clock::time_point start_;
  Clock::time_point now_;
  Clock::time_point end_;
  bool active_ = false;
  bool is_last_ = false;
};

}  // namespace mtcp::detail
