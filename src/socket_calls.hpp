#pragma once

#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_error.hpp>

#include "internals.hpp"
#include "socket_state.hpp"

/// What connections, streams and listeners do alike, without waiting.
namespace mtcp::detail {

/// Says bad_file_descriptor: the object was moved from.
TcpError moved_from(OperationName operation) noexcept;

/// Fails for the invalid handle of a moved-from object.
inline Result<void> check_handle(NativeHandle handle, OperationName operation) noexcept {
  if (handle.valid()) [[likely]]
    return {};
  return std::unexpected(moved_from(operation));
}

Result<SocketAddr> local_addr(NativeHandle handle) noexcept;
Result<SocketAddr> peer_addr(NativeHandle handle, const SocketState* state) noexcept;
Result<void> shutdown(NativeHandle handle, SocketState* state, Shutdown how) noexcept;

/// The address that messages name; nothing if it is not known.
Subject peer_subject(const SocketState& state) noexcept;

/// A state for a new socket; null where there is no memory for it.
std::shared_ptr<SocketState> make_socket_state() noexcept;

/// Says not_enough_memory.
TcpError no_memory(OperationName operation, const Subject& subject) noexcept;

}  // namespace mtcp::detail
