#include <cerrno>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int allowed_processors() noexcept {
  errno = ENOSYS;
  return -1;
}

}  // namespace mtcp::sys::optional
