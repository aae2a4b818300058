#include <cerrno>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int open_socket(int, int, int) noexcept {
  errno = ENOSYS;
  return -1;
}

}  // namespace mtcp::sys::optional
