#include <sys/socket.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int accept_socket(int listener, sockaddr* peer, socklen_t* size) noexcept {
  return ::accept4(listener, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

}  // namespace mtcp::sys::optional
