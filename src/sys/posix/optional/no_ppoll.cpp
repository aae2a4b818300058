#include <cerrno>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int poll_for(pollfd*, nfds_t, const timespec*) noexcept {
  errno = ENOSYS;
  return -1;
}

}  // namespace mtcp::sys::optional
