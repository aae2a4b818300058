#include <utility>

#include <mtcp/tcp_connection.hpp>

#include "socket_calls.hpp"
#include "socket_state.hpp"

namespace mtcp {

TcpConnection::TcpConnection(NativeHandle handle,
                             std::shared_ptr<detail::SocketState> state) noexcept
    : handle_(handle), state_(std::move(state)) {}

TcpConnection::TcpConnection(TcpConnection&& other) noexcept
    : handle_(other.release()), state_(std::move(other.state_)) {}

TcpConnection& TcpConnection::operator=(TcpConnection&& other) noexcept {
  const NativeHandle taken = other.release();
  const sys::Socket old(std::exchange(handle_, taken));
  state_ = std::move(other.state_);
  return *this;
}

TcpConnection::~TcpConnection() {
  const sys::Socket closed(release());
}

Result<SocketAddr> TcpConnection::peer_addr() const {
  return detail::peer_addr(handle_, state_.get());
}

Result<SocketAddr> TcpConnection::local_addr() const {
  return detail::local_addr(handle_);
}

Result<void> TcpConnection::shutdown(Shutdown how) {
  return detail::shutdown(handle_, state_.get(), how);
}

NativeHandle TcpConnection::native_handle() const noexcept {
  return handle_;
}

NativeHandle TcpConnection::release() noexcept {
  return std::exchange(handle_, NativeHandle());
}

}  // namespace mtcp
