#include "sys/posix/wake_event.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <unistd.h>

#include "sys/posix/descriptors.hpp"
#include "sys/posix/error.hpp"
#include "sys/posix/fallback.hpp"
#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::wake_event {

namespace {

std::atomic<bool> no_eventfd{false};

}  // namespace

WakeEvent open() noexcept {
  WakeEvent event;
  const auto open_eventfd = [&]() noexcept {
    event.writable = event.readable = optional::open_eventfd();
    return event.readable;
  };
  const auto open_pipe = [&]() noexcept {
    int ends[2] = {-1, -1};
    const int opened = sys::open_pipe(ends);
    if (opened == 0) event = {ends[0], ends[1]};
    return opened;
  };
  newer_or_older(no_eventfd, open_eventfd, open_pipe);
  return event;
}

void set(WakeEvent event) noexcept {
  const int kept = errno;
  const std::uint64_t one = 1;  // what an eventfd wants; a pipe takes anything
  // It can fail only when it is set already.
  static_cast<void>(uninterrupted([&] { return ::write(event.writable, &one, sizeof one); }));
  errno = kept;
}

void clear(WakeEvent event) noexcept {
  // As much as there is: an eventfd has one number, a pipe what every set() has left there.
  std::array<std::uint64_t, 64> taken;
  while (uninterrupted([&] { return ::read(event.readable, taken.data(), sizeof taken); }) ==
         sizeof taken) {
  }
}

void close(WakeEvent event) noexcept {
  ::close(event.readable);
  if (event.writable != event.readable) ::close(event.writable);
}

}  // namespace mtcp::sys::wake_event
