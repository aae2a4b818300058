#pragma once

#include <ctime>
#include <poll.h>
#include <sys/socket.h>

/// System calls that not every system has, not every old kernel, and not every sandbox allows. They
/// fail with -1 and errno; with ENOSYS where the system has no such call, for which CMake then
/// picks the file `no_...`. Whoever uses them brings the older way along: see fallback.hpp.
namespace mtcp::sys::optional {

/// A new event of eventfd(2): close-on-exec, non-blocking.
int open_eventfd() noexcept;

/// A new socket that is close-on-exec and non-blocking from birth.
int open_socket(int family, int type, int protocol) noexcept;

/// accept4(2): the new socket is close-on-exec and non-blocking from birth.
int accept_socket(int listener, sockaddr* peer, socklen_t* size) noexcept;

/// pipe2(2): both ends are close-on-exec and non-blocking from birth.
int open_pipe(int* ends) noexcept;

/// ppoll(2) that leaves the signal mask alone: as poll(2), by the nanosecond. Null is no limit.
int poll_for(pollfd* polled, nfds_t count, const timespec* limit) noexcept;

/// The number of the processor that the calling thread runs on.
int current_processor() noexcept;

/// How many processors this process may run on.
int allowed_processors() noexcept;

}  // namespace mtcp::sys::optional
