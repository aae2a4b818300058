#include "sys/splice.hpp"

#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "sys/posix/descriptors.hpp"
#include "sys/posix/error.hpp"

namespace mtcp::sys {

bool Splice::is_impossible(std::error_code error) noexcept {
  return error == std::errc::invalid_argument || error == std::errc::function_not_supported ||
         error == std::errc::operation_not_permitted;
}

namespace {

constexpr int wanted_size = 256 * 1024;
constexpr int smallest_size = 64 * 1024;

/// Keeps SIGPIPE from the thread: splice() has nothing like MSG_NOSIGNAL.
class SigpipeBlocked {
 public:
  SigpipeBlocked() noexcept {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
    sigset_t pending;
    theirs_ = sigismember(&before_, SIGPIPE) == 1 && sigpending(&pending) == 0 &&
              sigismember(&pending, SIGPIPE) == 1;
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  ~SigpipeBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// Takes away the signal that a broken connection has left.
  void discard() const noexcept {
    const timespec at_once{};
    if (!theirs_) sigtimedwait(&sigpipe_, nullptr, &at_once);
  }

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool theirs_;  // it waited for them before we came
};

/// MSG_DONTWAIT has no equal for a splice either.
bool is_non_blocking(NativeHandle handle) noexcept {
  const int flags = ::fcntl(int(handle), F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

Attempt<std::size_t> move(NativeHandle from, NativeHandle to, std::size_t size) noexcept {
  const auto moved = uninterrupted([&]() noexcept {
    return ::splice(int(from), nullptr, int(to), nullptr, size, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  });
  if (moved >= 0) return static_cast<std::size_t>(moved);
  if (would_block()) return std::nullopt;
  return failed();
}

}  // namespace

Expected<Splice> Splice::create(NativeHandle from, NativeHandle to) noexcept {
  if (!is_non_blocking(from) || !is_non_blocking(to))
    return std::unexpected(std::make_error_code(std::errc::operation_not_supported));
  int ends[2];
  if (open_pipe(ends) < 0) return failed();
  Splice made{Socket(ends[1]), Socket(ends[0])};
  // One user's pipes are limited; one that is smaller than a copy's buffer is worse than a copy.
  if (::fcntl(ends[1], F_SETPIPE_SZ, wanted_size) < 0 &&
      ::fcntl(ends[1], F_GETPIPE_SZ) < smallest_size)
    return std::unexpected(std::make_error_code(std::errc::no_buffer_space));
  return made;
}

Attempt<std::size_t> Splice::fill(NativeHandle from) noexcept {
  auto moved = move(from, input_.handle(), max_transfer);
  if (moved && *moved == 0U) return std::nullopt;
  if (moved && *moved) size_ += **moved;
  return moved;
}

Attempt<std::size_t> Splice::drain(NativeHandle to) noexcept {
  const SigpipeBlocked blocked;
  auto moved = move(output_.handle(), to, size_);
  // It is raised also if the connection broke between two of the sends that a splice consists of.
  if (!moved || *moved < size_) blocked.discard();
  if (moved && *moved) size_ -= **moved;
  return moved;
}

}  // namespace mtcp::sys
