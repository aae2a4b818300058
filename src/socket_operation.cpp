#include "socket_operation.hpp"

namespace mtcp::detail {

Outcome<std::size_t> SocketOperation::receive_some(std::span<std::byte> buffer,
                                                   sys::Receive how) noexcept {
  return operation().run(
      handle_, sys::Direction::Read, [&] { return state_.receive(handle_, buffer, how); },
      operation().spins() ? &state_.read_history() : nullptr);
}

Outcome<std::size_t> SocketOperation::send_some(std::span<const ConstBytes> pieces,
                                                std::size_t skip) noexcept {
  return operation().run(handle_, sys::Direction::Write,
                         [&] { return state_.send(handle_, pieces, skip); });
}

std::size_t SocketOperation::receivable() noexcept {
  return sys::receivable(handle_);
}

}  // namespace mtcp::detail
