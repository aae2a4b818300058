#include "sys/posix/timed_poll.hpp"

namespace mtcp::sys {

constinit std::atomic<bool> no_ppoll{false};

int poll_exactly(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const NoTimerSlack exactly;
  return poll_once(time, polled);
}

}  // namespace mtcp::sys
