#include "socket_state.hpp"

namespace mtcp::detail {

namespace {

/// Whether the connection cannot go on after this error.
bool breaks_connection(std::error_code error) noexcept {
  for (auto fatal :
       {std::errc::connection_reset, std::errc::broken_pipe, std::errc::timed_out,
        std::errc::connection_aborted, std::errc::connection_refused, std::errc::host_unreachable,
        std::errc::network_unreachable, std::errc::network_down, std::errc::network_reset})
    if (error == fatal) return true;
  return false;
}

}  // namespace

void SocketState::shut(Shutdown how) noexcept {
  if (how != Shutdown::Write) flags_.fetch_or(ReadShut);
  if (how != Shutdown::Read) flags_.fetch_or(WriteShut);
}

void SocketState::note(std::error_code error) noexcept {
  if (!breaks_connection(error)) return;
  if (error == std::errc::broken_pipe) {
    if (has(WriteShut)) return;  // our own doing
    error = std::make_error_code(std::errc::connection_reset);
  }
  int none = 0;
  broken_.compare_exchange_strong(none, error.value());
}

std::error_code SocketState::broken() const noexcept {
  const int value = broken_.load();
  return value == 0 ? std::error_code() : std::error_code(value, std::system_category());
}

sys::Attempt<std::size_t> SocketState::end(NativeHandle handle) noexcept {
  // Another thread may have been told of a reset and not have noted it yet; the kernel knows,
  // unless we ended our half too: then an orderly end closes the connection as well.
  if (!broken() && !has(ReadShut) && !has(WriteShut) && sys::is_closed_by_system(handle))
    note(std::make_error_code(std::errc::connection_reset));
  if (const auto error = broken()) return std::unexpected(error);
  flags_.fetch_or(Ended);
  return 0;
}

sys::Attempt<std::size_t> SocketState::receive(NativeHandle handle, std::span<std::byte> buffer,
                                               sys::Receive how) noexcept {
  const unsigned flags = flags_.load();
  if (flags & Ended) return 0;
  if (flags & ReadShut) return end(handle);
  auto received = sys::receive(handle, buffer, how);
  if (!received) {
    note(received.error());
    if (received.error() == std::errc::broken_pipe && broken()) return std::unexpected(broken());
    return received;
  }
  if (*received && **received == 0) return end(handle);
  return received;
}

sys::Attempt<std::size_t> SocketState::send(NativeHandle handle, std::span<const ConstBytes> pieces,
                                            std::size_t skip) noexcept {
  auto sent = sys::send(handle, pieces, skip);
  if (!sent) note(sent.error());
  return sent;
}

}  // namespace mtcp::detail
