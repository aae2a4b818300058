#include "sys/posix/timer_slack.hpp"

#include <cerrno>
#include <sys/prctl.h>

namespace mtcp::sys {

const bool timers_have_slack = true;

NoTimerSlack::NoTimerSlack() noexcept : before_(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)) {
  if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

NoTimerSlack::~NoTimerSlack() {
  const int error = errno;
  if (before_ > 0) ::prctl(PR_SET_TIMERSLACK, before_, 0, 0, 0);
  errno = error;
}

}  // namespace mtcp::sys
