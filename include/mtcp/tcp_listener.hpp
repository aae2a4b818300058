#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include <mtcp/deadline.hpp>
#include <mtcp/native_handle.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_connection.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>

namespace mtcp {

namespace detail {
class WaitHistory;
}  // namespace detail

/// How TcpListener::bind() makes its socket; every member has a good default.
struct TcpListenerOptions {
  /// How many connections the kernel queues before accept() takes them: 0 and more; the system
  /// lowers it to its own maximum, which is the default. See listen(2).
  int backlog = std::numeric_limits<int>::max();
  /// Whether a port may be bound while old connections of it linger in TIME_WAIT (SO_REUSEADDR). On
  /// Windows it may anyway, and SO_EXCLUSIVEADDRUSE keeps other programs from taking the port.
  bool reuse_address = true;
  /// Whether several listeners may share the port, the kernel spreading connections over them
  /// (SO_REUSEPORT). Not on Windows: bind() fails with operation_not_supported.
  bool reuse_port = false;
  /// Whether an IPv6 listener refuses IPv4 connections (IPV6_V6ONLY); nullopt: as the system has
  /// it. Without meaning for IPv4.
  std::optional<bool> v6_only = std::nullopt;
};

/// A socket that accepts connections.
///
/// Owns its socket and closes it; connections that wait in its queue are reset then. Move-only;
/// every operation of a moved-from one fails with bad_file_descriptor.
///
/// ```cpp
/// auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:8080"));
/// auto connection = listener.accept(30s);
/// ```
///
/// Threads: accept(), local_addr() and native_handle() may be called from any threads at once;
/// tie(), release(), moving and destroying may not overlap with them. Not for signal handlers.
class TcpListener {
 public:
  /// The options, under the class's own name.
  using Options = TcpListenerOptions;

  /// Listens on `address`; port 0 lets the system choose one, which local_addr() tells. Does not
  /// wait, and is not affected by a cancelled state.
  /// Errors: Failed with the system's code, as address_in_use, address_not_available or
  /// permission_denied; with invalid_argument for a negative backlog.
  /// Source: socket(2), bind(2), listen(2).
  [[nodiscard]] static Result<TcpListener> bind(const TcpManager& manager,
                                                const SocketAddr& address, Options options = {});

  /// The same with the address as text. Errors: also those of SocketAddr::parse().
  [[nodiscard]] static Result<TcpListener> bind(const TcpManager& manager, std::string_view address,
                                                Options options = {});

  /// Takes ownership of a socket that listens already, also when it fails; then it is closed.
  /// Makes it non-blocking, close-on-exec, and TCP_NODELAY for what it accepts.
  /// Errors: Failed with bad_file_descriptor, not_a_socket, wrong_protocol_type (not a stream
  /// socket), address_family_not_supported (not IPv4 or IPv6) or invalid_argument (not listening).
  [[nodiscard]] static Result<TcpListener> adopt(const TcpManager& manager, NativeHandle handle);

  /// Takes over the socket. Never fails.
  TcpListener(TcpListener&& other) noexcept;
  /// Closes its own socket and takes over the other's. Never fails.
  TcpListener& operator=(TcpListener&& other) noexcept;
  /// Closes the socket. Never fails.
  ~TcpListener();

  /// From the next operation on, `manager` decides about cancelling.
  void tie(const TcpManager& manager);

  /// Waits for the next connection. Of several threads that wait, each connection goes to one. A
  /// connection that died in the queue is skipped, within the deadline.
  /// The connection has TCP_NODELAY on, and inherits buffer sizes and keepalive from the listener.
  /// Errors: Cancelled; TimedOut (a connection that is ready still wins over a passed deadline);
  /// Failed with the system's code, as too_many_files_open, at once. The listener stays usable
  /// after each of them, and no connection is lost. Source: accept(2).
  [[nodiscard]] Result<TcpConnection> accept(Deadline deadline = {});

  /// The address it listens on, with the port that the system chose.
  /// Errors: Failed with bad_file_descriptor if moved-from, or with the system's code.
  [[nodiscard]] Result<SocketAddr> local_addr() const;

  /// The descriptor, which stays this object's; invalid if moved-from. It is non-blocking.
  NativeHandle native_handle() const noexcept;

  /// Gives the descriptor away: the caller closes it, and this object is as moved-from.
  NativeHandle release() noexcept;

 private:
  TcpListener(std::shared_ptr<detail::ManagerState> manager, NativeHandle handle,
              const SocketAddr& local, std::unique_ptr<detail::WaitHistory> history) noexcept;

  std::shared_ptr<detail::ManagerState> manager_;
  NativeHandle handle_;
  SocketAddr local_;
  std::unique_ptr<detail::WaitHistory> history_;
};

}  // namespace mtcp
