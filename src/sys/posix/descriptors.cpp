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

/// Closes what is of no use, keeping errno; -1.
int give_up(int descriptor) noexcept {
  const int kept = errno;
  ::close(descriptor);
  errno = kept;
  return -1;
}

int prepared(int descriptor) noexcept {
  return descriptor < 0 || prepare(descriptor) ? descriptor : give_up(descriptor);
}

int without_sigpipe(int socket) noexcept {
  return socket < 0 || prevent_sigpipe(socket) == 0 ? socket : give_up(socket);
}

/// EPERM of accept4() is also a firewall's word about one connection. A call that is there looks at
/// its descriptor before anything else.
bool is_accept4_refused() noexcept {
  if (errno != EPERM) return errno == ENOSYS;
  const bool refused = optional::accept_socket(-1, nullptr, nullptr) < 0 && errno == EPERM;
  errno = EPERM;
  return refused;
}

int open_pipe_in_steps(int* ends) noexcept {
  if (::pipe(ends) < 0) return -1;
  if (prepare(ends[0]) && prepare(ends[1])) return 0;
  give_up(ends[0]);
  return give_up(ends[1]);
}

}  // namespace

int open_socket(int family, int type, int protocol) noexcept {
  const int opened = newer_or_older(
      no_flags_for_socket, [&]() noexcept { return optional::open_socket(family, type, protocol); },
      [&]() noexcept { return prepared(::socket(family, type, protocol)); });
  return without_sigpipe(opened);
}

int accept_socket(int listener, sockaddr* peer, socklen_t* size) noexcept {
  const int accepted = newer_or_older(
      no_accept4, [&]() noexcept { return optional::accept_socket(listener, peer, size); },
      [&]() noexcept { return prepared(::accept(listener, peer, size)); }, is_accept4_refused);
  return without_sigpipe(accepted);
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
