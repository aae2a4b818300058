#include <sys/socket.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int open_socket(int family, int type, int protocol) noexcept {
  return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

}  // namespace mtcp::sys::optional
