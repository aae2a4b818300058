#pragma once

#include <memory>

#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_error.hpp>

namespace mtcp {

namespace detail {
class SocketState;
}

/// An accepted connection that is tied to no manager yet: hand it to any thread, and make a
/// TcpStream of it there with TcpStream::from().
///
/// Owns its socket and closes it. Move-only; every operation of a moved-from one fails with
/// bad_file_descriptor.
///
/// Threads: const members may overlap; the others, moving and destroying may not. Not for signal
/// handlers. Nothing here waits.
class TcpConnection {
 public:
  /// Takes over the socket. Never fails.
  TcpConnection(TcpConnection&& other) noexcept;
  /// Closes its own socket and takes over the other's. Never fails.
  TcpConnection& operator=(TcpConnection&& other) noexcept;
  /// Closes the socket: what was written is still delivered, unless bytes arrived that nobody
  /// read; then the peer sees a reset. Never fails.
  ~TcpConnection();

  /// Who connected: known from accept, so it is there also when the peer is gone already.
  /// Errors: Failed with bad_file_descriptor if moved-from.
  [[nodiscard]] Result<SocketAddr> peer_addr() const;

  /// The address that the peer connected to.
  /// Errors: Failed with bad_file_descriptor if moved-from, or with the system's code.
  /// Source: getsockname(2).
  [[nodiscard]] Result<SocketAddr> local_addr() const;

  /// Ends one half or both; see TcpStream::shutdown().
  [[nodiscard]] Result<void> shutdown(Shutdown how);

  /// The descriptor, which stays this object's; invalid if moved-from. It is non-blocking.
  NativeHandle native_handle() const noexcept;

  /// Gives the descriptor away: the caller closes it, and this object is as moved-from.
  NativeHandle release() noexcept;

 private:
  friend struct detail::Internals;

  TcpConnection(NativeHandle handle, std::shared_ptr<detail::SocketState> state) noexcept;

  NativeHandle handle_;
  std::shared_ptr<detail::SocketState> state_;
};

}  // namespace mtcp
