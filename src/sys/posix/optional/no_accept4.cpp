#include <cerrno>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int accept_socket(int, sockaddr*, socklen_t*) noexcept {
  errno = ENOSYS;
  return -1;
}

}  // namespace mtcp::sys::optional
