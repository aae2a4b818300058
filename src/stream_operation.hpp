#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include <mtcp/bytes.hpp>

#include "operation.hpp"
#include "socket_calls.hpp"
#include "socket_state.hpp"

namespace mtcp::detail {

/// One call of a user on a stream: what it is called, its socket, its time, whether it is
/// cancelled, and how many bytes it has moved.
///
/// Composite calls take several steps. When a step finds the time over, it and those after it take
/// what is ready at that moment, and no more, however much comes meanwhile.
class StreamOperation {
 public:
  StreamOperation(OperationName name, ManagerState& manager, NativeHandle handle,
                  SocketState& state, const Timeout& timeout) noexcept
      : name_(name), operation_(manager, timeout), handle_(handle), state_(state) {}

  /// At least one byte, or 0 at the end of the stream. An empty `buffer` is success at once.
  Outcome<std::size_t> receive(std::span<std::byte> buffer, sys::Receive how) noexcept;
  /// At least one byte. Empty `bytes` are success at once.
  Outcome<std::size_t> send(const ConstBytes& bytes) noexcept;
  /// The same; nothing but empty pieces is success at once.
  Outcome<std::size_t> send(std::span<const ConstBytes> pieces) noexcept;

  Outcome<void> receive_all(std::span<std::byte> buffer) noexcept;
  Outcome<void> send_all(std::span<const ConstBytes> pieces) noexcept;

  /// These may throw what `buffer` and `complete` throw, with nothing lost.
  Outcome<void> append_to_end(BufferRef buffer, std::size_t limit);
  Outcome<void> append_until(BufferRef buffer, std::size_t chunk, std::size_t limit,
                             CompleteRef complete);

  std::size_t transferred() const noexcept { return transferred_; }

  /// What the user is told about `stop`.
  std::unexpected<TcpError> failure(const Stop& stop) const noexcept {
    return std::unexpected(stop.error(name_, peer_subject(state_), transferred_));
  }

 private:
  Outcome<std::size_t> receive_some(std::span<std::byte> buffer, sys::Receive how) noexcept;
  Outcome<std::size_t> send_some(std::span<const ConstBytes> pieces, std::size_t skip) noexcept;

  Outcome<std::size_t> receive_step(std::span<std::byte> buffer) noexcept;
  Outcome<std::size_t> send_step(std::span<const ConstBytes> pieces, std::size_t skip) noexcept;
  Outcome<std::size_t> append_step(BufferRef buffer, std::size_t room);
  Outcome<bool> at_end() noexcept;

  bool time_is_over() noexcept;
  void moved(std::size_t count) noexcept;

  OperationName name_;
  Operation operation_;
  NativeHandle handle_;
  SocketState& state_;
  std::size_t transferred_ = 0;
  bool first_step_ = true;
  std::optional<std::size_t> allowance_;  // bytes to move still, once the time is over
};

}  // namespace mtcp::detail
