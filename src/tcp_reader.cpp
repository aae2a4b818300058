#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include <mtcp/tcp_reader.hpp>

#include "expiry.hpp"
#include "internals.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;

constexpr std::size_t chunk = 4096;
constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();

std::string_view as_text(TcpReader::View bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_possible(FrameLength length) noexcept {
  return length.size == 1 || length.size == 2 || length.size == 4 || length.size == 8;
}

std::uint64_t value_of(TcpReader::View bytes, std::endian order) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t at = order == std::endian::big ? i : bytes.size() - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[at]);
  }
  return value;
}

}  // namespace

/// One call of a user: fills the buffer step by step within one timeout.
class TcpReader::Filling {
 public:
  Filling(TcpReader& reader, OperationName name, const Timeout& timeout) noexcept
      : reader_(reader),
        name_(name),
        expiry_(timeout.is_default() ? default_timeout_of(reader) : timeout) {}

  /// Whether the call may go on at all: an empty read says if the stream is cancelled or gone,
  /// also when what is wanted has been in the buffer for long.
  Result<std::size_t> begin() {
    auto nothing = reader_.read_stream({}, {});
    if (nothing) return nothing;
    return std::unexpected(Internals::renamed(nothing.error(), name_, 0));
  }

  /// Reads on, at least one byte; 0 at the end of the stream.
  Result<std::size_t> more() {
    if (was_last_look_) return fail(TcpError::Kind::TimedOut);
    auto count = reader_.read_stream(room(), expiry_.deadline());
    if (!count) return std::unexpected(Internals::renamed(count.error(), name_, transferred_));
    reader_.end_ += *count;
    transferred_ += *count;
    if (allowance_) *allowance_ -= std::min(*allowance_, *count);
    expiry_.moved(*count);
    return *count;
  }

  /// Until `size` bytes are in the buffer; false if the stream ends before.
  Result<bool> until(std::size_t size) {
    while (reader_.buffered().size() < size) {
      const auto count = more();
      if (!count) return std::unexpected(count.error());
      if (*count == 0) return false;
    }
    return true;
  }

  std::unexpected<TcpError> fail(TcpError::Kind kind) const {
    return std::unexpected(Internals::error(kind, name_, subject(), transferred_));
  }

  std::unexpected<TcpError> fail(const char* reason) const {
    return std::unexpected(Internals::failure(std::make_error_code(std::errc::invalid_argument),
                                              name_, subject(), reason, transferred_));
  }

 private:
  /// What is ready when the time is over is still taken, and the end behind it, but no more.
  std::span<std::byte> room() {
    const auto all = reader_.room();
    if (!allowance_ && expiry_.over()) allowance_ = reader_.stream_->available();
    if (!allowance_) return all;
    was_last_look_ = *allowance_ == 0;
    return all.first(std::clamp(*allowance_, std::size_t{1}, all.size()));
  }

  static Timeout default_timeout_of(const TcpReader& reader) noexcept {
    return reader.stream_ ? reader.stream_->default_read_timeout() : Timeout();
  }

  detail::Subject subject() const {
    if (!reader_.stream_) return {};
    const auto peer = reader_.stream_->peer_addr();
    return peer ? detail::Subject(*peer) : detail::Subject();
  }

  TcpReader& reader_;
  OperationName name_;
  detail::Expiry expiry_;
  std::size_t transferred_ = 0;
  std::optional<std::size_t> allowance_;  // what was ready when the time was over, and is left
  bool was_last_look_ = false;
};

TcpReader::TcpReader(TcpReader&& other) noexcept
    : stream_(std::exchange(other.stream_, std::nullopt)),
      buffer_(std::move(other.buffer_)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

TcpReader& TcpReader::operator=(TcpReader&& other) noexcept {
  TcpReader taken(std::move(other));
  stream_ = taken.stream_;
  buffer_.swap(taken.buffer_);
  begin_ = taken.begin_;
  end_ = taken.end_;
  return *this;
}

Result<std::optional<TcpReader::View>> TcpReader::read_until(std::string_view delimiter,
                                                             std::size_t limit, Timeout timeout) {
  Filling filling(*this, {"read_until", "from"}, timeout);
  if (auto begun = filling.begin(); !begun) return std::unexpected(begun.error());
  if (delimiter.empty()) return filling.fail("the delimiter is empty");
  for (std::size_t scanned = 0;;) {
    const std::string_view seen = as_text(buffered()).substr(0, limit);
    const auto found = seen.find(delimiter, scanned);
    if (found != seen.npos) return take(found + delimiter.size());
    if (seen.size() == limit) return filling.fail(TcpError::Kind::TooBig);
    scanned = seen.size() - std::min(seen.size(), delimiter.size() - 1);
    const auto count = filling.more();
    if (!count) return std::unexpected(count.error());
    if (*count != 0) continue;
    if (seen.empty()) return std::nullopt;
    return filling.fail(TcpError::Kind::Incomplete);
  }
}

Result<std::optional<std::string_view>> TcpReader::read_line(std::size_t limit, Timeout timeout) {
  Filling filling(*this, {"read_line", "from"}, timeout);
  if (auto begun = filling.begin(); !begun) return std::unexpected(begun.error());
  for (std::size_t scanned = 0;;) {
    const std::string_view seen = as_text(buffered());
    const auto found = seen.find('\n', scanned);
    const std::string_view line = seen.substr(0, found);
    const bool has_end = found != seen.npos;
    const std::size_t size = line.ends_with('\r') ? line.size() - 1 : line.size();
    if (size > limit) return filling.fail(TcpError::Kind::TooBig);
    if (has_end) return as_text(take(found + 1)).substr(0, size);
    scanned = seen.size();
    const auto count = filling.more();
    if (!count) return std::unexpected(count.error());
    if (*count != 0) continue;
    if (seen.empty()) return std::nullopt;
    return filling.fail(TcpError::Kind::Incomplete);
  }
}

Result<std::optional<TcpReader::View>> TcpReader::read_frame(FrameLength length, std::size_t limit,
                                                             Timeout timeout) {
  Filling filling(*this, {"read_frame", "from"}, timeout);
  if (auto begun = filling.begin(); !begun) return std::unexpected(begun.error());
  if (!is_possible(length)) return filling.fail("a length has 1, 2, 4 or 8 bytes");
  auto whole = filling.until(length.size);
  if (whole && *whole) {
    const std::uint64_t size = value_of(buffered().first(length.size), length.order);
    if (size > std::min(limit, largest - length.size)) return filling.fail(TcpError::Kind::TooBig);
    const std::size_t frame = length.size + static_cast<std::size_t>(size);
    whole = filling.until(frame);
    if (whole && *whole) return take(frame).subspan(length.size);
  }
  if (!whole) return std::unexpected(whole.error());
  if (buffered().empty()) return std::nullopt;
  return filling.fail(TcpError::Kind::Incomplete);
}

Result<TcpReader::View> TcpReader::read_exact(std::size_t size, Timeout timeout) {
  Filling filling(*this, {"read_exact", "from"}, timeout);
  if (auto begun = filling.begin(); !begun) return std::unexpected(begun.error());
  const auto whole = filling.until(size);
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return filling.fail(TcpError::Kind::Incomplete);
  return take(size);
}

Result<TcpReader::View> TcpReader::peek(std::size_t size, Timeout timeout) {
  Filling filling(*this, {"peek", "from"}, timeout);
  if (auto begun = filling.begin(); !begun) return std::unexpected(begun.error());
  const auto whole = filling.until(size);
  if (!whole) return std::unexpected(whole.error());
  return buffered();
}

Result<std::size_t> TcpReader::read(MutableBytes buffer, Timeout timeout) {
  if (buffered().empty() || buffer.empty()) return read_stream(buffer, timeout);
  if (auto begun = read_stream({}, {}); !begun) return begun;
  const View first = buffered().first(std::min(buffer.size(), buffered().size()));
  std::memcpy(buffer.data(), first.data(), first.size());
  consume(first.size());
  return first.size();
}

Result<std::size_t> TcpReader::read_stream(MutableBytes buffer, Timeout timeout) {
  if (stream_) return stream_->read(buffer, timeout);
  return std::unexpected(Internals::failure(detail::no_object(), {"read", ""}, {},
                                            "the object has no stream (moved-from)"));
}

void TcpReader::consume(std::size_t size) noexcept {
  take(std::min(size, buffered().size()));
}

TcpReader::View TcpReader::take(std::size_t size) noexcept {
  const View taken = buffered().first(size);
  begin_ += size;
  return taken;
}

/// Free space behind what is buffered, after making some: by moving that to the front, and by
/// doubling.
std::span<std::byte> TcpReader::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < chunk / 4 && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < chunk / 4) buffer_.resize(std::max(chunk, 2 * buffer_.size()));
  return std::span(buffer_).subspan(end_);
}

}  // namespace mtcp
