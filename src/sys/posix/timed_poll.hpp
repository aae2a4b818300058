#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <poll.h>
#include <span>

#include "sys/posix/fallback.hpp"
#include "sys/posix/optional/calls.hpp"
#include "sys/posix/timer_slack.hpp"

/// poll(2) by the nanosecond where the system can do that, and never early. Here rather than in a
/// source: to be inlined where threads wait.
namespace mtcp::sys {

extern std::atomic<bool> no_ppoll;

/// After which the clock is asked again: some systems take no more, and as milliseconds it is an
/// int.
inline constexpr std::chrono::nanoseconds longest_poll = std::chrono::hours(24);

/// As poll_once(), by milliseconds.
inline int poll_by_milliseconds(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const auto limited = std::min(time, longest_poll);
  // Rounded up, or a wait would end early and go round and round in its last millisecond.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limited).count();
  const bool never = time == std::chrono::nanoseconds::max();
  return ::poll(polled.data(), static_cast<nfds_t>(polled.size()),
                never ? -1 : static_cast<int>(milliseconds));
}

/// poll(2) for `time` or a little longer; for ever if it is nanoseconds::max(), otherwise a day at
/// the most.
inline int poll_once(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const auto by_nanoseconds = [&]() noexcept {
    const auto limited = std::min(time, longest_poll);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(limited);
    timespec limit{};
    limit.tv_sec = static_cast<decltype(limit.tv_sec)>(seconds.count());
    limit.tv_nsec = static_cast<decltype(limit.tv_nsec)>((limited - seconds).count());
    const bool never = time == std::chrono::nanoseconds::max();
    const auto count = static_cast<nfds_t>(polled.size());
    return optional::poll_for(polled.data(), count, never ? nullptr : &limit);
  };
  return newer_or_older(no_ppoll, by_nanoseconds,
                        [&]() noexcept { return poll_by_milliseconds(time, polled); });
}

/// As poll_once(), while the system does not put off the thread's timers.
int poll_exactly(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept;

/// As poll_once(), as exactly as the system can. It may return 0 earlier: the time is to be looked
/// at again.
///
/// Linux is late by 50 us and up to 0.5 % of the time, unless asked not to be, which costs a short
/// wait too much: so it is asked for the last part alone, which most waits never reach. Before that
/// milliseconds are enough: ppoll(2) is slower by all that it does with a time by the nanosecond.
inline int poll_for(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  constexpr std::chrono::nanoseconds last_part = std::chrono::microseconds(300);
  constexpr std::chrono::nanoseconds most_slack = std::chrono::milliseconds(100);
  constexpr std::chrono::nanoseconds long_time = std::chrono::milliseconds(10);
  if (time == time.max()) return poll_by_milliseconds(time, polled);
  if (timers_have_slack) {
    if (time <= last_part) return poll_exactly(time, polled);
    time -= std::min(time / 200, most_slack) + last_part / 2;
  }
  if (time < long_time) return poll_once(time, polled);
  return poll_by_milliseconds(time - std::chrono::milliseconds(1), polled);
}

}  // namespace mtcp::sys
