#include "sys/posix/wake_event.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sys/posix/error.hpp"

namespace mtcp::sys::wake_event {

int open() noexcept {
  return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void set(int descriptor) noexcept {
  const int kept = errno;
  const std::uint64_t one = 1;
  // It can fail only when it is set already.
  static_cast<void>(uninterrupted([&] { return ::write(descriptor, &one, sizeof one); }));
  errno = kept;
}

void clear(int descriptor) noexcept {
  std::uint64_t count = 0;
  static_cast<void>(uninterrupted([&] { return ::read(descriptor, &count, sizeof count); }));
}

void close(int descriptor) noexcept {
  ::close(descriptor);
}

}  // namespace mtcp::sys::wake_event
