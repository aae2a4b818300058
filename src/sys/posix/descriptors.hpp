#pragma once

#include <sys/socket.h>

/// New descriptors, non-blocking and close-on-exec: from birth where the system can do that. Where
/// it cannot, a process that another thread starts at that moment may inherit them.
namespace mtcp::sys {

/// A socket whose sends raise no SIGPIPE; -1 with errno.
int open_socket(int family, int type, int protocol) noexcept;

/// The next connection of `listener`, likewise.
int accept_socket(int listener, sockaddr* peer, socklen_t* size) noexcept;

/// A pipe; `ends` as of pipe(2). 0, or -1 with errno.
int open_pipe(int* ends) noexcept;

/// Each 0, or -1 with errno.
int set_close_on_exec(int descriptor) noexcept;
int set_non_blocking(int descriptor) noexcept;

}  // namespace mtcp::sys
