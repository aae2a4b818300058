#include "sys/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/posix/address.hpp"
#include "sys/posix/error.hpp"

namespace mtcp::sys {

namespace {

template <class GetName>
Expected<SocketAddr> name_of(NativeHandle handle, GetName get_name) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (get_name(int(handle), reinterpret_cast<sockaddr*>(&storage), &size) < 0) return failed();
  return from_native(storage);
}

Expected<int> integer_option(NativeHandle handle, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(int(handle), SOL_SOCKET, option, &value, &size) < 0) return failed();
  return value;
}

Attempt<std::size_t> transferred(ssize_t count) {
  if (count >= 0) return static_cast<std::size_t>(count);
  if (would_block()) return std::nullopt;
  return failed();
}

/// Whether nothing will come of a connect any more, even if nobody is told an error.
bool is_hung_up(NativeHandle handle) noexcept {
  pollfd polled{int(handle), POLLOUT, 0};
  return ::poll(&polled, 1, 0) > 0 && (polled.revents & POLLHUP) != 0;
}

constexpr int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

/// As many pieces as one system call takes.
class Gather {
 public:
  Gather(std::span<const ConstBytes> pieces, std::size_t skip) noexcept {
    std::size_t room = max_transfer;
    for (const ConstBytes& piece : pieces) {
      const std::size_t size = std::min(piece.size() - skip, room);
      if (size != 0) {
        // sendmsg() does not write through it
        vectors_[count_++] = {const_cast<std::byte*>(piece.data()) + skip, size};
      }
      skip = 0;
      room -= size;
      if (room == 0 || count_ == vectors_.size()) break;
    }
  }

  ssize_t send(NativeHandle handle) noexcept {
    msghdr message{};
    message.msg_iov = vectors_.data();
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count_);
    return ::sendmsg(int(handle), &message, send_flags);
  }

 private:
  static constexpr std::size_t max_pieces = 1024;  // IOV_MAX of Linux and the BSDs

  std::array<iovec, max_pieces> vectors_;
  std::size_t count_ = 0;
};

ssize_t send_one(NativeHandle handle, const ConstBytes& piece, std::size_t skip) noexcept {
  const std::size_t size = std::min(piece.size() - skip, max_transfer);
  return ::send(int(handle), piece.data() + skip, size, send_flags);
}

/// Apart, so that its room on the stack is not taken for one piece.
[[gnu::noinline]] ssize_t send_many(NativeHandle handle, std::span<const ConstBytes> pieces,
                                    std::size_t skip) noexcept {
  return Gather(pieces, skip).send(handle);
}

}  // namespace

void close(NativeHandle handle) noexcept {
  ::close(int(handle));
}

Expected<Socket> open(const SocketAddr& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int opened = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (opened < 0) return failed();
  return Socket(opened);
}

std::error_code bind(NativeHandle handle, const SocketAddr& address) {
  const NativeAddress native(address);
  return result_of(::bind(int(handle), native.get(), native.size()));
}

std::error_code listen(NativeHandle handle, int backlog) {
  return result_of(::listen(int(handle), backlog));
}

Attempt<Accepted> accept(NativeHandle listener) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int accepted = uninterrupted([&]() noexcept {
    size = sizeof peer;
    return ::accept4(int(listener), reinterpret_cast<sockaddr*>(&peer), &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
  });
  if (accepted >= 0) return Accepted{Socket(accepted), from_native(peer)};
  if (would_block()) return std::nullopt;
  return failed();
}

bool is_lost_in_queue(std::error_code accept_error) noexcept {
  // accept(2): Linux passes pending network errors of the new socket on as errors of accept.
  static constexpr std::array lost = {ECONNABORTED, ENETDOWN,   EPROTO, ENOPROTOOPT,
                                      EHOSTDOWN,    ENONET,     EPERM,  EHOSTUNREACH,
                                      EOPNOTSUPP,   ENETUNREACH};
  return accept_error.category() == std::system_category() &&
         std::ranges::find(lost, accept_error.value()) != lost.end();
}

std::error_code start_connect(NativeHandle handle, const SocketAddr& address) {
  const NativeAddress native(address);
  if (::connect(int(handle), native.get(), native.size()) == 0) return {};
  // Interrupted, it goes on all the same: POSIX forbids to call it again.
  if (errno == EINPROGRESS || errno == EINTR) return {};
  return last_error();
}

Attempt<SocketAddr> finish_connect(NativeHandle handle) {
  const auto peer = peer_addr(handle);
  if (peer) return *peer;
  const bool over = is_hung_up(handle);  // asked before the error, which comes with the hang-up
  const auto error = integer_option(handle, SO_ERROR);
  if (!error) return std::unexpected(error.error());
  if (*error != 0) return std::unexpected(std::error_code(*error, std::system_category()));
  if (peer.error() != std::errc::not_connected) return std::unexpected(peer.error());
  if (over) return std::unexpected(std::error_code(ECONNREFUSED, std::system_category()));
  return std::nullopt;
}

Attempt<std::size_t> receive(NativeHandle handle, std::span<std::byte> buffer, Receive how) {
  const int flags = MSG_DONTWAIT | (how == Receive::Peek ? MSG_PEEK : 0);
  const std::size_t size = std::min(buffer.size(), max_transfer);
  return transferred(
      uninterrupted([&]() noexcept { return ::recv(int(handle), buffer.data(), size, flags); }));
}

Attempt<std::size_t> send(NativeHandle handle, std::span<const ConstBytes> pieces,
                          std::size_t skip) {
  return transferred(uninterrupted([&]() noexcept {
    return pieces.size() == 1 ? send_one(handle, pieces[0], skip) : send_many(handle, pieces, skip);
  }));
}

std::size_t receivable(NativeHandle handle) noexcept {
  int count = 0;
  if (::ioctl(int(handle), FIONREAD, &count) < 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

bool is_closed_by_system(NativeHandle handle) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(int(handle), IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
         info.tcpi_state == TCP_CLOSE;
}

Attempt<Done> ready(NativeHandle handle, Direction direction) {
  if (!handle.valid()) return std::unexpected(std::error_code(EBADF, std::system_category()));
  const short events = direction == Direction::Read ? POLLIN : POLLOUT;
  pollfd polled{int(handle), events, 0};
  if (uninterrupted([&]() noexcept { return ::poll(&polled, 1, 0); }) < 0) return failed();
  if (polled.revents & POLLNVAL)
    return std::unexpected(std::error_code(EBADF, std::system_category()));
  if (polled.revents == 0) return std::nullopt;
  return Done{};
}

std::error_code shutdown(NativeHandle handle, Shutdown how) {
  static_assert(SHUT_RD == int(Shutdown::Read) && SHUT_WR == int(Shutdown::Write) &&
                SHUT_RDWR == int(Shutdown::Both));
  return result_of(::shutdown(int(handle), static_cast<int>(how)));
}

Expected<SocketAddr> local_addr(NativeHandle handle) {
  return name_of(handle, ::getsockname);
}

Expected<SocketAddr> peer_addr(NativeHandle handle) {
  return name_of(handle, ::getpeername);
}

Expected<Socket> duplicate(NativeHandle handle) {
  const int copy = ::fcntl(int(handle), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return failed();
  return Socket(copy);
}

Expected<Role> role(NativeHandle handle) {
  const auto type = integer_option(handle, SO_TYPE);
  if (!type) return std::unexpected(type.error());
  if (*type != SOCK_STREAM)
    return std::unexpected(std::make_error_code(std::errc::wrong_protocol_type));
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (::getsockname(int(handle), reinterpret_cast<sockaddr*>(&name), &size) < 0) return failed();
  if (name.ss_family != AF_INET && name.ss_family != AF_INET6)
    return std::unexpected(std::make_error_code(std::errc::address_family_not_supported));
  const auto listening = integer_option(handle, SO_ACCEPTCONN);
  if (!listening) return std::unexpected(listening.error());
  return *listening ? Role::Listener : Role::Stream;
}

std::error_code set_close_on_exec(NativeHandle handle) {
  return result_of(::fcntl(int(handle), F_SETFD, FD_CLOEXEC));
}

std::error_code set_non_blocking(NativeHandle handle) {
  const int flags = ::fcntl(int(handle), F_GETFL);
  if (flags < 0) return last_error();
  return result_of(::fcntl(int(handle), F_SETFL, flags | O_NONBLOCK));
}

std::error_code keep_from_blocking(NativeHandle) {
  return {};  // MSG_DONTWAIT does
}

}  // namespace mtcp::sys
