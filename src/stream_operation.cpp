#include "stream_operation.hpp"

#include <algorithm>
#include <array>

namespace mtcp::detail {

namespace {

/// Room at the end of a buffer, of which only what is kept stays, whichever way it is left.
class Room {
 public:
  Room(BufferRef buffer, std::size_t size) : buffer_(buffer), kept_(buffer.size()) {
    buffer_.resize(kept_ + size);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { buffer_.resize(kept_); }

  std::span<std::byte> bytes() const { return buffer_.bytes().subspan(kept_); }
  void keep(std::size_t count) noexcept { kept_ += count; }

 private:
  BufferRef buffer_;
  std::size_t kept_;
};

/// Pieces of which the first may be sent in part.
class Unsent {
 public:
  explicit Unsent(std::span<const ConstBytes> pieces) noexcept : pieces_(pieces) { drop(0); }

  bool empty() const noexcept { return pieces_.empty(); }
  std::span<const ConstBytes> pieces() const noexcept { return pieces_; }
  std::size_t skip() const noexcept { return skip_; }

  void drop(std::size_t count) noexcept {
    skip_ += count;
    while (!pieces_.empty() && skip_ >= pieces_.front().size()) {
      skip_ -= pieces_.front().size();
      pieces_ = pieces_.subspan(1);
    }
  }

 private:
  std::span<const ConstBytes> pieces_;
  std::size_t skip_ = 0;
};

constexpr std::size_t smallest_chunk = 4096;
constexpr std::size_t largest_chunk = 256 * 1024;

}  // namespace

Outcome<std::size_t> StreamOperation::receive(std::span<std::byte> buffer,
                                              sys::Receive how) noexcept {
  if (!buffer.empty()) return receive_some(buffer, how);
  if (operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  return 0;
}

Outcome<std::size_t> StreamOperation::send(const ConstBytes& bytes) noexcept {
  if (!bytes.empty()) return send_some({&bytes, 1}, 0);
  if (operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  return 0;
}

Outcome<std::size_t> StreamOperation::send(std::span<const ConstBytes> pieces) noexcept {
  while (!pieces.empty() && pieces.front().empty()) pieces = pieces.subspan(1);
  if (!pieces.empty()) return send_some(pieces, 0);
  if (operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  return 0;
}

Outcome<void> StreamOperation::receive_all(std::span<std::byte> buffer) noexcept {
  if (buffer.empty() && operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  while (!buffer.empty()) {
    const auto received = receive_step(buffer);
    if (!received) return std::unexpected(received.error());
    if (*received == 0) return stop(TcpError::Kind::Incomplete);
    buffer = buffer.subspan(*received);
  }
  return {};
}

Outcome<void> StreamOperation::send_all(std::span<const ConstBytes> pieces) noexcept {
  Unsent unsent(pieces);
  if (unsent.empty() && operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  while (!unsent.empty()) {
    const auto sent = send_step(unsent.pieces(), unsent.skip());
    if (!sent) return std::unexpected(sent.error());
    unsent.drop(*sent);
  }
  return {};
}

Outcome<void> StreamOperation::append_to_end(BufferRef buffer, std::size_t limit) {
  if (operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  for (;;) {
    const std::size_t size = buffer.size();
    if (size > limit) return stop(TcpError::Kind::TooBig);
    if (size == limit) {
      const auto end = at_end();
      if (!end) return std::unexpected(end.error());
      if (*end) return {};
      return stop(TcpError::Kind::TooBig);
    }
    const std::size_t chunk = std::clamp(size, smallest_chunk, largest_chunk);
    const auto received = append_step(buffer, std::min(chunk, limit - size));
    if (!received) return std::unexpected(received.error());
    if (*received == 0) return {};
  }
}

Outcome<void> StreamOperation::append_until(BufferRef buffer, std::size_t chunk, std::size_t limit,
                                            CompleteRef complete) {
  if (operation_.cancelled()) return stop(TcpError::Kind::Cancelled);
  operation_.expiry().start();  // the predicate's time counts
  chunk = std::clamp(chunk, std::size_t{1}, sys::max_transfer);
  for (;;) {
    const std::size_t size = buffer.size();
    if (size != 0 && complete(buffer.bytes())) return {};
    if (size >= limit) return stop(TcpError::Kind::TooBig);
    const auto received = append_step(buffer, std::min(chunk, limit - size));
    if (!received) return std::unexpected(received.error());
    if (*received == 0) return stop(TcpError::Kind::Incomplete);
  }
}

Outcome<std::size_t> StreamOperation::append_step(BufferRef buffer, std::size_t room) {
  Room added(buffer, room);
  const auto received = receive_step(added.bytes());
  if (received) added.keep(*received);
  return received;
}

Outcome<std::size_t> StreamOperation::receive_step(std::span<std::byte> buffer) noexcept {
  auto received = time_is_over() ? receive_late(buffer) : receive_some(buffer, sys::Receive::Take);
  if (received) moved(*received);
  return received;
}

Outcome<std::size_t> StreamOperation::receive_late(std::span<std::byte> buffer) noexcept {
  if (!allowance_) allowance_ = receivable();
  if (*allowance_ != 0)
    return receive_some(buffer.first(std::min(buffer.size(), *allowance_)), sys::Receive::Take);
  const auto end = at_end();
  if (!end) return std::unexpected(end.error());
  if (*end) return 0;
  return stop(TcpError::Kind::TimedOut);
}

Outcome<std::size_t> StreamOperation::send_step(std::span<const ConstBytes> pieces,
                                                std::size_t skip) noexcept {
  auto sent = time_is_over() ? send_late(pieces, skip) : send_some(pieces, skip);
  if (sent) moved(*sent);
  return sent;
}

Outcome<std::size_t> StreamOperation::send_late(std::span<const ConstBytes> pieces,
                                                std::size_t skip) noexcept {
  if (!allowance_) allowance_ = sys::max_transfer;
  if (*allowance_ == 0) return stop(TcpError::Kind::TimedOut);
  return send_some(pieces, skip);
}

Outcome<bool> StreamOperation::at_end() noexcept {
  std::array<std::byte, 1> next;
  const auto seen = receive_some(next, sys::Receive::Peek);
  if (!seen) return std::unexpected(seen.error());
  return *seen == 0;
}

}  // namespace mtcp::detail
