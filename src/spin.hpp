#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <mtcp/deadline.hpp>

namespace mtcp::detail {

/// Whether trying again for a moment, before a thread sleeps, has paid lately in one place: reading
/// one stream, writing it, accepting on one listener. Any thread; a hint only, so that races of
/// threads may lose a count.
class SpinHistory {
 public:
  /// Whether it is worth another try now.
  bool is_due() noexcept {
    const std::uint32_t left = skip_.load(std::memory_order_relaxed);
    if (left == 0) return true;
    skip_.store(left - 1, std::memory_order_relaxed);
    return false;
  }

  void paid() noexcept { penalty_.store(0, std::memory_order_relaxed); }

  /// Each failure in a row doubles the number of waits until the next try.
  void failed() noexcept {
    const std::uint32_t last = penalty_.load(std::memory_order_relaxed);
    const std::uint32_t next = last == 0 ? 1 : last < most ? 2 * last : most;
    penalty_.store(next, std::memory_order_relaxed);
    skip_.store(next, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t most = 1024;

  std::atomic<std::uint32_t> skip_{0};     // waits until the next try
  std::atomic<std::uint32_t> penalty_{0};  // what the last failure cost
};

/// One spin: a short time in which a thread tries again instead of sleeping. At most half of the
/// processors spin at the same time, so that the others get on with what is waited for.
///
/// Two things are worth it: an answer that is expected at once, which a sleeping thread would get
/// only when it has been woken; and the last moment before a deadline, which it would miss by that.
class Spin {
 public:
  using Clock = std::chrono::steady_clock;

  /// Of at most `longest`, from `now` until `end` at the latest. Does not begin if that is 0, if
  /// `history` is against it or null and the end is not near, or if other threads spin already.
  Spin(std::chrono::nanoseconds longest, SpinHistory* history, Deadline end,
       Clock::time_point now) noexcept;
  Spin(const Spin&) = delete;
  Spin& operator=(const Spin&) = delete;
  ~Spin();

  /// Whether to try once more; waits a few dozen nanoseconds before it says so.
  bool goes_on() noexcept;
  /// What was waited for has come.
  void paid() noexcept;
  /// When the sleep after it ends: at its end, or in time for the last spin.
  Deadline sleep_until() const noexcept { return sleep_until_; }

 private:
  SpinHistory* history_ = nullptr;  // null for a last spin: time says nothing about answers
  Deadline sleep_until_;
  Clock::time_point end_;
  bool active_ = false;
};

}  // namespace mtcp::detail
