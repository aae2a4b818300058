#include <cerrno>
#include <sys/socket.h>

#include "sys/posix/sigpipe.hpp"

namespace mtcp::sys {

const int send_flags = MSG_DONTWAIT;

int prevent_sigpipe(int socket) noexcept {
  const int on = 1;
  const int set = ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  // macOS takes no options for a connection that is over; an accepted one has this from its
  // listener.
  return set < 0 && errno == EINVAL ? 0 : set;
}

}  // namespace mtcp::sys
