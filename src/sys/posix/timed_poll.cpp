#include "sys/posix/timed_poll.hpp"

#include <algorithm>
#include <atomic>

#include "sys/posix/fallback.hpp"
#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys {

namespace {

std::atomic<bool> no_ppoll{false};

/// After which the clock is asked again: some systems take no more, and as milliseconds it is an
/// int.
constexpr std::chrono::nanoseconds longest = std::chrono::hours(24);

timespec to_timespec(std::chrono::nanoseconds d) noexcept {
  d = std::min(d, longest);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(d);
  timespec result{};
  result.tv_sec = static_cast<decltype(result.tv_sec)>(seconds.count());
  result.tv_nsec = static_cast<decltype(result.tv_nsec)>((d - seconds).count());
  return result;
}

/// Rounded up, or a wait would end early and go round and round in its last millisecond.
int to_milliseconds(std::chrono::nanoseconds d) noexcept {
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::min(d, longest)).count());
}

}  // namespace

int poll_once(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const bool never = time == std::chrono::nanoseconds::max();
  const auto count = static_cast<nfds_t>(polled.size());
  return newer_or_older(
      no_ppoll,
      [&]() noexcept {
        const timespec limit = to_timespec(time);
        return optional::poll_for(polled.data(), count, never ? nullptr : &limit);
      },
      [&]() noexcept { return ::poll(polled.data(), count, never ? -1 : to_milliseconds(time)); });
}

}  // namespace mtcp::sys
