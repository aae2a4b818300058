#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include <mtcp/bytes.hpp>
#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>

#include "sys/waiter.hpp"

/// Seam A: the system's socket calls. None blocks, raises SIGPIPE or is disturbed by signals; every
/// descriptor is close-on-exec from birth.
namespace mtcp::sys {

template <class T>
using Expected = std::expected<T, std::error_code>;

/// A try that may come too early: no value means that it would block.
template <class T>
using Attempt = Expected<std::optional<T>>;

/// What an attempt gives that has nothing to give.
struct Done {};

/// Closes `handle`, once: after an interruption too, it is closed.
void close(NativeHandle handle) noexcept;

/// Owns a descriptor.
class Socket {
 public:
  Socket() noexcept = default;
  explicit Socket(NativeHandle handle) noexcept : handle_(handle) {}
  Socket(Socket&& other) noexcept : handle_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    Socket old(std::exchange(handle_, other.release()));
    return *this;
  }
  ~Socket() {
    if (handle_.valid()) close(handle_);
  }

  NativeHandle handle() const noexcept { return handle_; }
  NativeHandle release() noexcept { return std::exchange(handle_, NativeHandle()); }

 private:
  NativeHandle handle_;
};

/// A stream socket of `address`'s family, non-blocking.
Expected<Socket> open(const SocketAddr& address);

std::error_code bind(NativeHandle handle, const SocketAddr& address);
std::error_code listen(NativeHandle handle, int backlog);

struct Accepted {
  Socket socket;  // non-blocking, TCP_NODELAY as the listener has it
  SocketAddr peer;
};
Attempt<Accepted> accept(NativeHandle listener);

/// Whether accept() failed for one connection that died in the queue, not for the listener.
bool is_lost_in_queue(std::error_code accept_error) noexcept;

/// Begins to connect; no error means that it goes on.
std::error_code start_connect(NativeHandle handle, const SocketAddr& address);
/// The peer's address, once the connection is established.
Attempt<SocketAddr> finish_connect(NativeHandle handle);

/// No call moves more than this, so that a deadline is looked at in between.
inline constexpr std::size_t max_transfer = std::size_t{1} << 20;

enum class Receive { Take, Peek };
/// 0 at the end of the stream. `buffer` is not empty.
Attempt<std::size_t> receive(NativeHandle handle, std::span<std::byte> buffer, Receive how);
/// Sends from `pieces`, leaving out the first `skip` bytes of the first one, by one system call.
Attempt<std::size_t> send(NativeHandle handle, std::span<const ConstBytes> pieces,
                          std::size_t skip);

/// How many bytes could be received now.
std::size_t receivable(NativeHandle handle) noexcept;

/// Whether the system has done with the connection, be it by a reset or after both ends of it: then
/// every receive and send returns at once. True also where the system does not say.
bool is_closed_by_system(NativeHandle handle) noexcept;

/// Whether `handle` can be read or written without blocking, has ended or failed.
Attempt<Done> ready(NativeHandle handle, Direction direction);

std::error_code shutdown(NativeHandle handle, Shutdown how);
Expected<SocketAddr> local_addr(NativeHandle handle);
Expected<SocketAddr> peer_addr(NativeHandle handle);
Expected<Socket> duplicate(NativeHandle handle);

/// What a descriptor from outside is; an error if it is no stream socket of IPv4 or IPv6.
enum class Role { Listener, Stream };
Expected<Role> role(NativeHandle handle);
/// Makes a descriptor from outside close-on-exec, and its sends raise no SIGPIPE.
std::error_code take_over(NativeHandle handle);
std::error_code set_non_blocking(NativeHandle handle);
/// What a stream from outside needs so that receive() and send() do not block: something only where
/// these calls cannot say so themselves.
std::error_code keep_from_blocking(NativeHandle handle);

}  // namespace mtcp::sys
