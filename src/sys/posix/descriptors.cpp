#include "sys/posix/descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "sys/posix/fallback.hpp"
#include "sys/posix/optional/calls.hpp"
#include "sys/posix/sigpipe.hpp"

namespace mtcp::sys {

namespace {

std::atomic<bool> no_flags_for_socket{false};
std::atomic<bool> no_accept4{false};
std::atomic<bool> no_pipe2{false};

bool prepare(int descriptor) noexcept {
  return set_close_on_exec(descriptor) == 0 && set_non_blocking(descriptor) == 0;
}

/// Systems that make sockets in one step prevent SIGPIPE by a flag of each send.
bool prepare_socket(int socket) noexcept {
  return prepare(socket) && prevent_sigpipe(socket) == 0;
}

/// Closes what is of no use, keeping errno; -1.
int give_up(int descriptor) noexcept {
  const int kept = errno;
  ::close(descriptor);
  errno = kept;
  return -1;
}

[[gnu::noinline]] int open_socket_in_steps(int family, int type, int protocol) noexcept {
  const int opened = ::socket(family, type, protocol);
  return opened < 0 || prepare_socket(opened) ? opened : give_up(opened);
}

[[gnu::noinline]] int accept_in_steps(int listener, sockaddr* peer, socklen_t* size) noexcept {
  const int accepted = ::accept(listener, peer, size);
  return accepted < 0 || prepare_socket(accepted) ? accepted : give_up(accepted);
}

/// EPERM of accept4() is also a firewall's word about one connection. A call that is there looks at
/// its descriptor before anything else.
[[gnu::noinline]] bool is_accept4_refused() noexcept {
  if (errno != EPERM) return errno == ENOSYS;
  const bool refused = optional::accept_socket(-1, nullptr, nullptr) < 0 && errno == EPERM;
  errno = EPERM;
  return refused;
}

[[gnu::noinline]] int open_pipe_in_steps(int* ends) noexcept {
  // Where pipe(2) is but another name of pipe2(2), it is refused with it; this serves as well.
  if (::pipe(ends) < 0 && (!is_refused() || ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0))
    return -1;
  if (prepare(ends[0]) && prepare(ends[1])) return 0;
  give_up(ends[0]);
  return give_up(ends[1]);
}

}  // namespace

int open_socket(int family, int type, int protocol) noexcept {
  return newer_or_older(
      no_flags_for_socket, [&]() noexcept { return optional::open_socket(family, type, protocol); },
      [&]() noexcept { return open_socket_in_steps(family, type, protocol); });
}

int accept_socket(int listener, sockaddr* peer, socklen_t* size) noexcept {
  return newer_or_older(
      no_accept4, [&]() noexcept { return optional::accept_socket(listener, peer, size); },
      [&]() noexcept { return accept_in_steps(listener, peer, size); }, is_accept4_refused);
}

int open_pipe(int* ends) noexcept {
  return newer_or_older(
      no_pipe2, [&]() noexcept { return optional::open_pipe(ends); },
      [&]() noexcept { return open_pipe_in_steps(ends); });
}

int set_close_on_exec(int descriptor) noexcept {
  return ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

int set_non_blocking(int descriptor) noexcept {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace mtcp::sys
