#include "sys/posix/timer_slack.hpp"

#ifdef __linux__
#include <cerrno>
#include <sys/prctl.h>
#endif

namespace mtcp::sys {

#ifdef __linux__

NoTimerSlack::NoTimerSlack() noexcept : before_(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)) {
  if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

NoTimerSlack::~NoTimerSlack() {
  const int error = errno;
  if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, before_, 0, 0, 0);
  errno = error;
}

#else

NoTimerSlack::NoTimerSlack() noexcept : before_(0) {}
NoTimerSlack::~NoTimerSlack() = default;

#endif

}  // namespace mtcp::sys
