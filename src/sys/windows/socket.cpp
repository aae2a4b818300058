#include "sys/socket.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "sys/socket_options.hpp"
#include "sys/v4_mapped.hpp"
#include "sys/windows/address.hpp"
#include "sys/windows/afd.hpp"
#include "sys/windows/clones.hpp"
#include "sys/windows/error.hpp"
#include "sys/windows/wait_spot.hpp"

namespace mtcp::sys {

namespace {

constexpr DWORD socket_flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;

template <class GetName>
Expected<SocketAddr> name_of(NativeHandle handle, GetName get_name) {
  AddressBuffer name;
  if (get_name(socket_of(handle), name.get(), name.size()) == SOCKET_ERROR) return failed();
  return name.address();
}

template <class T>
Expected<T> option(NativeHandle handle, int name) {
  T value{};
  int size = sizeof value;
  if (::getsockopt(socket_of(handle), SOL_SOCKET, name, reinterpret_cast<char*>(&value), &size) ==
      SOCKET_ERROR)
    return std::unexpected(last_error_of(handle));
  return value;
}

template <class Count>
Attempt<std::size_t> transferred(int returned, Count count) {
  if (returned != SOCKET_ERROR) return static_cast<std::size_t>(count);
  if (would_block()) return std::nullopt;
  return failed();
}

/// As many pieces as one system call takes.
template <std::size_t max_pieces>
class Gather {
 public:
  Gather(std::span<const ConstBytes> pieces, std::size_t skip) noexcept {
    std::size_t room = max_transfer;
    for (const ConstBytes& piece : pieces) {
      const std::size_t size = std::min(piece.size() - skip, room);
      if (size != 0) {
        const auto* begin = reinterpret_cast<const char*>(piece.data()) + skip;
        // WSASend() does not write through it
        buffers_[count_++] = {static_cast<ULONG>(size), const_cast<char*>(begin)};
      }
      skip = 0;
      room -= size;
      if (room == 0 || count_ == buffers_.size()) break;
    }
  }

  Attempt<std::size_t> send(NativeHandle handle) noexcept {
    DWORD sent = 0;
    const int returned =
        ::WSASend(socket_of(handle), buffers_.data(), count_, &sent, 0, nullptr, nullptr);
    return transferred(returned, sent);
  }

 private:
  std::array<WSABUF, max_pieces> buffers_;
  DWORD count_ = 0;
};

/// Apart, so that its room on the stack is not taken for one piece.
[[gnu::noinline]] Attempt<std::size_t> send_many(NativeHandle handle,
                                                 std::span<const ConstBytes> pieces,
                                                 std::size_t skip) noexcept {
  return Gather<1024>(pieces, skip).send(handle);
}

/// What the driver knows of a socket now.
template <class Look>
auto look_at(NativeHandle handle, Direction direction, Look look) noexcept
    -> Expected<decltype(look(std::declval<const AfdPoll&>()))> {
  const auto spot = WaitSpot::mine();
  if (!spot) return std::unexpected(spot.error());
  AfdPoll poll(**spot);
  poll.add({handle, direction});
  if (const auto error = poll.ask(AfdPoll::Patience::None)) return std::unexpected(error);
  if (const auto error = poll.error()) return std::unexpected(error);
  return look(poll);
}

Expected<bool> is_aborted(NativeHandle handle) noexcept {
  return look_at(handle, Direction::Read, [](const AfdPoll& poll) { return poll.is_aborted(); });
}

}  // namespace

void close(NativeHandle handle) noexcept {
  clones::forget(handle);
  ::closesocket(socket_of(handle));
}

Expected<Socket> open(const SocketAddr& address) {
  if (const auto error = start_winsock()) return std::unexpected(error);
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const SOCKET opened = ::WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, socket_flags);
  if (opened == INVALID_SOCKET) return failed();
  Socket socket{NativeHandle(opened)};
  if (const auto error = set_non_blocking(socket.handle())) return std::unexpected(error);
  return socket;
}

std::error_code bind(NativeHandle handle, const SocketAddr& address) {
  const NativeAddress native(address);
  return result_of(::bind(socket_of(handle), native.get(), native.size()));
}

std::error_code listen(NativeHandle handle, int backlog) {
  return result_of(::listen(socket_of(handle), backlog));
}

Attempt<Accepted> accept(NativeHandle listener) {
  AddressBuffer peer;
  const SOCKET accepted = ::accept(socket_of(listener), peer.get(), peer.size());
  if (accepted == INVALID_SOCKET) {
    if (would_block()) return std::nullopt;
    return failed();
  }
  Socket socket{NativeHandle(accepted)};
  if (const auto error = take_over(socket.handle())) return std::unexpected(error);
  if (const auto error = set_non_blocking(socket.handle())) return std::unexpected(error);
  return Accepted{std::move(socket), peer.address()};
}

bool is_lost_in_queue(std::error_code accept_error) noexcept {
  return accept_error == std::errc::connection_reset ||
         accept_error == std::errc::connection_aborted;
}

std::error_code start_connect(NativeHandle handle, const SocketAddr& address) {
  // Windows has IPv6 sockets keep to IPv6, other than the rest of the world.
  if (is_v4_mapped(address))
    if (const auto error = set_v6_only(handle, false)) return error;
  const NativeAddress native(address);
  if (::connect(socket_of(handle), native.get(), native.size()) == 0 || would_block()) return {};
  return last_error();
}

Attempt<SocketAddr> finish_connect(NativeHandle handle) {
  const auto peer = peer_addr(handle);
  if (peer) return *peer;
  // What the driver says comes first: Winsock hears of a failure a moment later.
  const auto over =
      look_at(handle, Direction::Write, [](const AfdPoll& poll) { return poll.connect_error(); });
  if (!over) return std::unexpected(over.error());
  const auto error = take_error(handle);
  if (!error) return std::unexpected(error.error());
  if (*error) return std::unexpected(*error);
  if (peer.error() != std::errc::not_connected) return std::unexpected(peer.error());
  if (*over) return std::unexpected(*over);
  return std::nullopt;
}

Attempt<std::size_t> receive(NativeHandle handle, std::span<std::byte> buffer, Receive how) {
  const auto size = static_cast<int>(std::min(buffer.size(), max_transfer));
  const int received = ::recv(socket_of(handle), reinterpret_cast<char*>(buffer.data()), size,
                              how == Receive::Peek ? MSG_PEEK : 0);
  if (received == 0) {
    // The driver remembers a reset that somebody else has been told, or that came after the end. If
    // it does not say, it is asked again by the next receive, which finds the same end.
    const auto aborted = is_aborted(handle);
    if (!aborted) return std::unexpected(aborted.error());
    if (*aborted) return std::unexpected(make_error(std::errc::connection_reset));
  }
  return transferred(received, received);
}

Attempt<std::size_t> send(NativeHandle handle, std::span<const ConstBytes> pieces,
                          std::size_t skip) {
  return pieces.size() == 1 ? Gather<1>(pieces, skip).send(handle)
                            : send_many(handle, pieces, skip);
}

std::size_t receivable(NativeHandle handle) noexcept {
  u_long count = 0;
  return ::ioctlsocket(socket_of(handle), FIONREAD, &count) == SOCKET_ERROR ? 0 : count;
}

bool is_closed_by_system(NativeHandle handle) noexcept {
  return is_aborted(handle).value_or(true);
}

Attempt<Done> ready(NativeHandle handle, Direction direction) {
  if (!handle.valid()) return std::unexpected(make_error(std::errc::bad_file_descriptor));
  const auto nothing =
      look_at(handle, direction, [](const AfdPoll& poll) { return poll.nothing(); });
  if (!nothing) return std::unexpected(nothing.error());
  if (*nothing) return std::nullopt;
  return Done{};
}

std::error_code shutdown(NativeHandle handle, Shutdown how) {
  // SD_RECEIVE would have the system reset the connection when more arrives, and lose with it what
  // this side has sent. That reads end is remembered above the seam anyway.
  const auto error =
      how == Shutdown::Read ? std::error_code() : result_of(::shutdown(socket_of(handle), SD_SEND));
  interrupt_waits(handle);
  return error;
}

Expected<SocketAddr> local_addr(NativeHandle handle) {
  return name_of(handle, ::getsockname);
}

Expected<SocketAddr> peer_addr(NativeHandle handle) {
  return name_of(handle, ::getpeername);
}

Expected<Socket> duplicate(NativeHandle handle) {
  WSAPROTOCOL_INFOW description;
  if (::WSADuplicateSocketW(socket_of(handle), ::GetCurrentProcessId(), &description) != 0)
    return failed();
  const SOCKET made = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                   &description, 0, socket_flags);
  if (made == INVALID_SOCKET) return failed();
  Socket copy{NativeHandle(made)};
  if (const auto error = set_non_blocking(copy.handle())) return std::unexpected(error);
  if (const auto error = clones::add(handle, copy.handle())) return std::unexpected(error);
  return copy;
}

Expected<Role> role(NativeHandle handle) {
  if (const auto error = start_winsock()) return std::unexpected(error);
  const auto description = option<WSAPROTOCOL_INFOW>(handle, SO_PROTOCOL_INFOW);
  if (!description) return std::unexpected(description.error());
  if (description->iSocketType != SOCK_STREAM)
    return std::unexpected(make_error(std::errc::wrong_protocol_type));
  if (description->iAddressFamily != AF_INET && description->iAddressFamily != AF_INET6)
    return std::unexpected(make_error(std::errc::address_family_not_supported));
  const auto listening = option<DWORD>(handle, SO_ACCEPTCONN);
  if (!listening) return std::unexpected(listening.error());
  return *listening ? Role::Listener : Role::Stream;
}

std::error_code take_over(NativeHandle handle) {
  if (::SetHandleInformation(object_of(handle), HANDLE_FLAG_INHERIT, 0)) return {};
  return last_error();
}

std::error_code set_non_blocking(NativeHandle handle) {
  u_long on = 1;
  return result_of(::ioctlsocket(socket_of(handle), static_cast<long>(FIONBIO), &on));
}

std::error_code keep_from_blocking(NativeHandle handle) {
  return set_non_blocking(handle);
}

}  // namespace mtcp::sys
