#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mtcp::detail {

/// What waits in one place have been like lately (reading one stream, writing it, accepting on one
/// listener), and so for how long the next one is to try again before it sleeps. Any thread; a hint
/// only, so that races of threads may lose a count.
class SpinHistory {
 public:
  /// Of at most `longest`; zero: to sleep at once. That long only to find out, after a short sleep,
  /// whether a spin would do instead: a quarter is enough for answers that come without one.
  std::chrono::nanoseconds next(std::chrono::nanoseconds longest) noexcept {
    switch (outlook_.load(std::memory_order_relaxed)) {
      case Outlook::Unknown:
      case Outlook::Pays:
        return longest / 4;
      case Outlook::ShortSleep:
        return may_find_out() ? longest : longest.zero();
      case Outlook::LongSleep:
        break;
    }
    return longest.zero();
  }

  void spin_paid() noexcept {
    penalty_.store(0, std::memory_order_relaxed);
    outlook_.store(Outlook::Pays, std::memory_order_relaxed);
  }

  /// Each failure in a row doubles the number of short sleeps until the next try to find out.
  void spin_failed() noexcept {
    const std::uint32_t last = penalty_.load(std::memory_order_relaxed);
    const std::uint32_t next = last == 0 ? 1 : last < most ? 2 * last : most;
    penalty_.store(next, std::memory_order_relaxed);
    skip_.store(next, std::memory_order_relaxed);
  }

  /// What was waited for came in a sleep, `time` after the wait began. Where both ends sleep, two
  /// wake-ups and more go by that a spin of `longest` or less would save.
  void slept(std::chrono::nanoseconds time, std::chrono::nanoseconds longest) noexcept {
    const bool is_short = time / 4 <= longest;
    outlook_.store(is_short ? Outlook::ShortSleep : Outlook::LongSleep, std::memory_order_relaxed);
  }

 private:
  enum class Outlook : std::uint32_t { Unknown, Pays, ShortSleep, LongSleep };

  static constexpr std::uint32_t most = 4096;

  bool may_find_out() noexcept {
    const std::uint32_t left = skip_.load(std::memory_order_relaxed);
    if (left == 0) return true;
    skip_.store(left - 1, std::memory_order_relaxed);
    return false;
  }

  std::atomic<Outlook> outlook_{Outlook::Unknown};
  std::atomic<std::uint32_t> skip_{0};     // short sleeps until the next try
  std::atomic<std::uint32_t> penalty_{0};  // what the last failure cost
};

}  // namespace mtcp::detail
