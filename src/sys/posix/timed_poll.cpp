#include "sys/posix/timed_poll.hpp"

namespace mtcp::sys {

constinit std::atomic<bool> no_ppoll{false};

int poll_by_milliseconds(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const auto limited = std::min(time, longest_poll);
  // Rounded up, or a wait would end early and go round and round in its last millisecond.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limited).count();
  const bool never = time == std::chrono::nanoseconds::max();
  return ::poll(polled.data(), static_cast<nfds_t>(polled.size()),
                never ? -1 : static_cast<int>(milliseconds));
}

int poll_exactly(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const NoTimerSlack exactly;
  return poll_once(time, polled);
}

}  // namespace mtcp::sys
