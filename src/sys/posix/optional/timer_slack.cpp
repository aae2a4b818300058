#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sys/prctl.h>

#include "sys/posix/timed_poll.hpp"

namespace mtcp::sys {

namespace {

/// While it lives, the system does not put off the calling thread's timers to save power; what the
/// thread had set is put back. prctl(2), PR_SET_TIMERSLACK.
class NoTimerSlack {
 public:
  NoTimerSlack() noexcept : before_(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)) {
    if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  }
  NoTimerSlack(const NoTimerSlack&) = delete;
  NoTimerSlack& operator=(const NoTimerSlack&) = delete;
  ~NoTimerSlack() {
    const int error = errno;
    if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, before_, 0, 0, 0);
    errno = error;
  }

 private:
  long before_;  // nanoseconds; not positive: there is nothing to put back
};

}  // namespace

/// Linux is late by 50 us and up to 0.5 % of the time, unless asked not to be, which costs a short
/// wait too much: so it is asked for the last part alone, which most waits never reach.
int poll_for(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  constexpr std::chrono::nanoseconds last_part = std::chrono::microseconds(300);
  constexpr std::chrono::nanoseconds most_slack = std::chrono::milliseconds(100);
  if (time == time.max()) return poll_once(time, polled);
  if (time > last_part)
    return poll_once(time - std::min(time / 200, most_slack) - last_part / 2, polled);
  const NoTimerSlack exactly;
  return poll_once(time, polled);
}

}  // namespace mtcp::sys
