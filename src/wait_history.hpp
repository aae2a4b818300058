#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace mtcp::detail {

/// What waits in one place have been like lately (reading one stream, accepting on one listener),
/// and so for how long the next one is to try again before it sleeps. Any thread; a hint only, so
/// that races of threads may lose a count.
///
/// `longest` is always Options::spin. An answer of a peer that is awake comes within a quarter of
/// it; one of a peer that has to be woken first may take all of it.
class WaitHistory {
 public:
  enum class Next { Sleep, ShortSpin, LongSpin, FindOut };

  /// What the next wait is to begin with. FindOut: a long spin, if it is not one too many.
  Next next() noexcept {
    const bool short_sleep = get(short_sleep_);
    if (get(credit_) > 0) return short_sleep ? Next::LongSpin : Next::ShortSpin;
    if (!short_sleep) return Next::Sleep;
    if (get(promise_)) return Next::LongSpin;
    const std::uint32_t left = get(skip_);
    if (left == 0) return Next::FindOut;
    set(skip_, left - 1);
    return Next::Sleep;
  }

  /// The answer came in a spin, `time` after the wait began. A slow one may have come by chance, or
  /// from a peer that is awake from now on: the next will show. A second slow one is a failure.
  void spin_paid(std::chrono::nanoseconds time, std::chrono::nanoseconds longest) noexcept {
    if (time <= longest / 4) {
      set(credit_, std::min(get(credit_) + 1, most_credit));
      set(promise_, 0U);
      set(short_sleep_, 0U);
      set(penalty_, 0U);
      return;
    }
    const bool second = get(promise_) != 0;
    set(short_sleep_, 1U);
    if (second)
      spin_failed();
    else
      set(promise_, 1U);
  }

  /// Credit lasts for a few failures in a row. Without it, each doubles the number of short sleeps
  /// until the next try to find out.
  void spin_failed() noexcept {
    set(promise_, 0U);
    set(credit_, get(credit_) / 2);
    if (get(credit_) > 0) return;
    set(penalty_, std::clamp(2 * get(penalty_), 1U, most_penalty));
    set(skip_, get(penalty_));
  }

  /// The answer came in a sleep, `time` after the wait began. Where both ends sleep, two wake-ups
  /// go by that a spin might save. If it took next to no time, it was there already.
  void slept(std::chrono::nanoseconds time, std::chrono::nanoseconds longest) noexcept {
    set(short_sleep_, time / 2 <= longest ? 1U : 0U);
    set(slept_, time >= std::chrono::microseconds(4) ? 1U : 0U);
  }

  /// Whether the last answer came in a sleep; asked once, it is forgotten.
  bool take_slept() noexcept {
    const bool slept = get(slept_) != 0;
    if (slept) set(slept_, 0U);
    return slept;
  }

 private:
  using Count = std::atomic<std::uint32_t>;

  static constexpr std::uint32_t most_credit = 16;
  static constexpr std::uint32_t most_penalty = 4096;

  static std::uint32_t get(const Count& count) noexcept {
    return count.load(std::memory_order_relaxed);
  }
  static void set(Count& count, std::uint32_t value) noexcept {
    count.store(value, std::memory_order_relaxed);
  }

  Count credit_{0};
  Count promise_{0};      // whether the last spin paid slowly
  Count short_sleep_{0};  // whether the last answer took so long that a peer may have been asleep
  Count skip_{0};         // short sleeps until the next try to find out
  Count penalty_{0};      // what the last failure cost
  Count slept_{0};        // whether the last answer came in a sleep
};

}  // namespace mtcp::detail
