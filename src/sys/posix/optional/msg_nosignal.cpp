#include <sys/socket.h>

#include "sys/posix/sigpipe.hpp"

namespace mtcp::sys {

const int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

int prevent_sigpipe(int) noexcept {
  return 0;
}

}  // namespace mtcp::sys
