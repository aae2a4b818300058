#pragma once

#include <chrono>
#include <poll.h>
#include <span>

namespace mtcp::sys {

/// poll(2) for `time` or a little longer; for ever if it is nanoseconds::max(), otherwise a day at
/// the most.
int poll_once(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept;

/// As poll_once(), as exactly as the system can. It may return 0 earlier: the time is to be looked
/// at again.
int poll_for(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept;

}  // namespace mtcp::sys
