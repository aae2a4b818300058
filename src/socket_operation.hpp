#pragma once

#include "socket_calls.hpp"
#include "socket_state.hpp"
#include "stream_operation.hpp"

namespace mtcp::detail {

/// One call of a user on a stream that is a socket.
class SocketOperation final : public StreamOperation {
 public:
  SocketOperation(OperationName name, ManagerState& manager, NativeHandle handle,
                  SocketState& state, const Timeout& timeout) noexcept
      : StreamOperation(name, manager, timeout), handle_(handle), state_(state) {}

  /// What the user is told about `stop`.
  std::unexpected<TcpError> failure(const Stop& stop) const noexcept {
    return std::unexpected(stop.error(name(), peer_subject(state_), transferred()));
  }

 private:
  Outcome<std::size_t> receive_some(std::span<std::byte> buffer,
                                    sys::Receive how) noexcept override;
  Outcome<std::size_t> send_some(std::span<const ConstBytes> pieces,
                                 std::size_t skip) noexcept override;
  std::size_t receivable() noexcept override;

  NativeHandle handle_;
  SocketState& state_;
};

}  // namespace mtcp::detail
