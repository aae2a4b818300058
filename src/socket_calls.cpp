#include "socket_calls.hpp"

#include <new>

#include "sys/error.hpp"
#include "sys/socket.hpp"

namespace mtcp::detail {

TcpError moved_from(OperationName operation) noexcept {
  return Internals::failure(no_object(), operation, {}, "the object has no socket (moved-from)");
}

Result<SocketAddr> local_addr(NativeHandle handle) noexcept {
  constexpr OperationName name = {"local_addr", "of descriptor"};
  if (auto valid = check_handle(handle, name); !valid) return std::unexpected(valid.error());
  const auto address = sys::local_addr(handle);
  if (address) return *address;
  return std::unexpected(Internals::failure(address.error(), name, Subject::descriptor(handle)));
}

Result<SocketAddr> peer_addr(NativeHandle handle, const SocketState* state) noexcept {
  constexpr OperationName name = {"peer_addr", "of descriptor"};
  if (auto valid = check_handle(handle, name); !valid) return std::unexpected(valid.error());
  if (state->peer()) return *state->peer();
  return std::unexpected(Internals::failure(sys::make_error(std::errc::not_connected), name,
                                            Subject::descriptor(handle)));
}

Result<void> shutdown(NativeHandle handle, SocketState* state, Shutdown how) noexcept {
  constexpr OperationName name = {"shutdown", "of connection to"};
  if (auto valid = check_handle(handle, name); !valid) return valid;
  state->shut(how);
  const auto error = sys::shutdown(handle, how);
  if (!error || error == std::errc::not_connected) return {};  // it has ended already
  return std::unexpected(Internals::failure(error, name, peer_subject(*state)));
}

Subject peer_subject(const SocketState& state) noexcept {
  return state.peer() ? Subject(*state.peer()) : Subject();
}

std::shared_ptr<SocketState> make_socket_state() noexcept {
  try {
    return std::make_shared<SocketState>();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

TcpError no_memory(OperationName operation, const Subject& subject) noexcept {
  return Internals::failure(std::make_error_code(std::errc::not_enough_memory), operation, subject);
}

}  // namespace mtcp::detail
