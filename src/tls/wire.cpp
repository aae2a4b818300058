#include "tls/wire.hpp"

#include <new>
#include <utility>

#include <mtcp/bytes.hpp>

#include "internals.hpp"
#include "socket_calls.hpp"

namespace mtcp::detail {

namespace {

/// One record with all that TLS adds to it: what a write leaves behind at the most.
constexpr std::size_t record_size = 16384 + 512;

}  // namespace

Wire::Wire(TcpStream stream) : stream_(std::move(stream)), state_(Internals::state(stream_)) {
  unsent_.reserve(record_size);
}

sys::Attempt<std::size_t> Wire::receive(std::span<std::byte> buffer) noexcept {
  return state_->receive(handle(), buffer, sys::Receive::Take);
}

bool Wire::put(std::span<const std::byte> bytes) noexcept try {
  if (pending() == 0 && !broken_) {
    const ConstBytes piece(bytes);
    const auto sent = state_->send(handle(), {&piece, 1}, 0);
    if (sent && *sent) bytes = bytes.subspan(**sent);
    if (!sent && !transient(sent.error())) broken_ = sent.error();
  }
  if (!broken_) unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

sys::Attempt<sys::Done> Wire::flush() noexcept {
  while (!broken_ && pending() != 0) {
    const std::span<const std::byte> all = unsent_;
    const ConstBytes piece(all.subspan(sent_));
    const auto sent = state_->send(handle(), {&piece, 1}, 0);
    if (sent && !*sent) return std::nullopt;
    if (sent)
      sent_ += **sent;
    else if (transient(sent.error()))
      return std::unexpected(sent.error());
    else
      broken_ = sent.error();
  }
  unsent_.clear();
  sent_ = 0;
  if (ending_) finish();
  if (broken_) return std::unexpected(broken_);
  return sys::Done{};
}

void Wire::drop() noexcept {
  broken_ = std::make_error_code(std::errc::connection_aborted);
  unsent_.clear();
  sent_ = 0;
  ending_ = false;
}

void Wire::end() noexcept {
  ending_ = true;
}

void Wire::finish() noexcept {
  ending_ = false;
  static_cast<void>(detail::shutdown(handle(), state_.get(), Shutdown::Write));
}

bool Wire::transient(std::error_code error) noexcept {
  return error == std::errc::no_buffer_space || error == std::errc::not_enough_memory;
}

}  // namespace mtcp::detail
