#pragma once

#include <atomic>
#include <chrono>

/// How many threads of this process may spin at once, and how much of their time they may spend on
/// finding out whether it pays. Any thread.
namespace mtcp::detail::spin_places {

/// How many there are: one for every second processor, so that the others get on with what is
/// waited for.
extern std::atomic<int> count;

/// Whether there is one at all.
inline bool any() noexcept {
  return count.load(std::memory_order_relaxed) != 0;
}

/// Takes a place, if one of them is free, or will be until then.
bool take(std::chrono::steady_clock::time_point until) noexcept;

/// Gives it back.
void leave() noexcept;

/// Whether a thread may find out now, for up to `cost`: all of them together spend no more than a
/// fiftieth of one processor's time on that.
bool may_find_out(std::chrono::steady_clock::time_point now,
                  std::chrono::nanoseconds cost) noexcept;

}  // namespace mtcp::detail::spin_places
