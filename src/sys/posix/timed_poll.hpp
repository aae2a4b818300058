#pragma once

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <span>

/// poll(2) by the nanosecond where the system can do that. What most waits come to is here rather
/// than in a source, to be inlined where threads wait.
namespace mtcp::sys {

/// poll(2) for `time` or a little longer, by the nanosecond if it can.
int poll_once(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept;

/// The part of poll_for() for a short `time`.
int poll_shortly(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept;

/// poll(2) for `time`, for ever if it is nanoseconds::max(), as exactly as the system can. It may
/// return 0 earlier: the time is to be looked at again.
///
/// Linux is late by up to 0.5 % of the time, unless asked not to be. So a long wait is one for a
/// little less, by milliseconds, which costs less than ppoll(2) by the nanosecond; and most waits
/// never reach the rest.
inline int poll_for(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  using std::chrono::milliseconds;
  constexpr milliseconds short_time(20);
  constexpr milliseconds most_slack(100);
  constexpr milliseconds longest = std::chrono::hours(24);  // some systems take no more
  if (time < short_time) [[unlikely]]
    return poll_shortly(time, polled);
  auto limit = milliseconds(-1);
  if (time != time.max()) {
    limit = std::min(std::chrono::duration_cast<milliseconds>(time), longest);
    limit -= std::min(limit / 128, most_slack) + milliseconds(1);
  }
  return ::poll(polled.data(), static_cast<nfds_t>(polled.size()), static_cast<int>(limit.count()));
}

}  // namespace mtcp::sys
