#include "sys/posix/timed_poll.hpp"

#include <atomic>

#include "sys/posix/fallback.hpp"
#include "sys/posix/optional/calls.hpp"
#include "sys/posix/timer_slack.hpp"

namespace mtcp::sys {

namespace {

constinit std::atomic<bool> no_ppoll{false};

int poll_by_nanoseconds(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec limit{};
  limit.tv_sec = static_cast<decltype(limit.tv_sec)>(seconds.count());
  limit.tv_nsec = static_cast<decltype(limit.tv_nsec)>((time - seconds).count());
  return optional::poll_for(polled.data(), static_cast<nfds_t>(polled.size()), &limit);
}

/// Rounded up, or a wait would end early and go round and round in its last millisecond.
int poll_by_milliseconds(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  return ::poll(polled.data(), static_cast<nfds_t>(polled.size()), static_cast<int>(milliseconds));
}

}  // namespace

int poll_once(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  return newer_or_older(
      no_ppoll, [&]() noexcept { return poll_by_nanoseconds(time, polled); },
      [&]() noexcept { return poll_by_milliseconds(time, polled); });
}

/// Linux is late by 50 us and more. To be asked not to be costs a short wait too much; so it is
/// asked for the last part alone.
int poll_shortly(std::chrono::nanoseconds time, std::span<pollfd> polled) noexcept {
  constexpr std::chrono::nanoseconds last_part = std::chrono::microseconds(300);
  if (!timers_have_slack) return poll_once(time, polled);
  if (time > last_part) return poll_once(time - (time / 200 + last_part / 2), polled);
  const NoTimerSlack exactly;
  return poll_once(time, polled);
}

}  // namespace mtcp::sys
