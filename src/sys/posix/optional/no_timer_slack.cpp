#include "sys/posix/timer_slack.hpp"

namespace mtcp::sys {

const bool timers_have_slack = false;

NoTimerSlack::NoTimerSlack() noexcept = default;
NoTimerSlack::~NoTimerSlack() = default;

}  // namespace mtcp::sys
