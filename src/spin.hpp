#pragma once

#include <chrono>

#include <mtcp/deadline.hpp>

#include "wait_history.hpp"

namespace mtcp::detail {

/// One spin: a short time in which a thread tries again instead of sleeping. At most half of the
/// processors spin at the same time, so that the others get on with what is waited for.
///
/// Two things are worth it: an answer that is expected at once, which a sleeping thread would get
/// only when it has been woken; and the last moment before a deadline, which it would miss by that.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;

  /// For as long as `history` says, which may be null, or until `end` if that is near; `now` is the
  /// clock's time. None if `longest` is 0, or if other threads spin already.
  Spin(std::chrono::nanoseconds longest, WaitHistory* history, Deadline end,
       Clock::time_point now) noexcept;
  Spin(const Spin&) = delete;
  Spin& operator=(const Spin&) = delete;
  ~Spin();

  /// Whether to try once more; waits about a hundred nanoseconds before it says so.
  bool goes_on() noexcept;
  /// What was waited for has come meanwhile.
  void paid() noexcept;

  /// When the sleep after it ends: at the end, or in time for the last spin.
  Deadline sleep_until() const noexcept { return sleep_until_; }

 private:
  void begin_until(Clock::time_point end) noexcept;
  void leave() noexcept;

  std::chrono::nanoseconds longest_;
  WaitHistory* history_ = nullptr;  // null, too, for a last spin: time says nothing about answers
  Deadline sleep_until_;
  Clock::time_point start_;
  Clock::time_point end_;
  bool active_ = false;
};

}  // namespace mtcp::detail
