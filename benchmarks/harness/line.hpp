#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "harness/clocks.hpp"

namespace bench {

/// A start or finish line: threads wait at it until all have arrived. The clocks are read when the
/// last one arrives: before any goes on, so that neither the start nor the end of a thread counts.
///
/// Waits by a condition variable, not std::barrier, which spins before it sleeps.
class Line {
 public:
  explicit Line(std::size_t threads) noexcept : missing_(threads) {}

  void arrive_and_wait() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) {
      passed_ = Clocks::now();
      all_here_.notify_all();
    } else {
      all_here_.wait(lock, [this] { return missing_ == 0; });
    }
  }

  /// When the last one arrived. For after the threads are joined.
  const Clocks& passed() const noexcept { return passed_; }

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t missing_;
  Clocks passed_;
};

/// The two lines between which a workload is measured.
struct Race {
  explicit Race(std::size_t threads) noexcept : start(threads), finish(threads) {}

  Cost cost() const noexcept { return finish.passed() - start.passed(); }

  Line start;
  Line finish;
};

}  // namespace bench
