#include "sys/posix/timed_poll.hpp"

namespace mtcp::sys {

int poll_for(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  return poll_once(time, polled);
}

}  // namespace mtcp::sys
