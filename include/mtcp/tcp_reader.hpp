#pragma once

#include <bit>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <mtcp/bytes.hpp>
#include <mtcp/stream_ref.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp {

/// How the length stands in front of a frame.
struct FrameLength {
  /// How many bytes the length has: 1, 2, 4 or 8.
  unsigned size = 4;
  /// Its byte order; network order by default.
  std::endian order = std::endian::big;
};

/// Reads messages from a stream through a buffer of its own: lines, delimited parts, exact amounts,
/// frames with a length in front.
///
/// Refers to the stream, which must outlive it; whoever reads from that stream past the reader
/// takes bytes away from it. Writing to the stream meanwhile is fine.
///
/// What holds for every operation:
///
/// - A view that is returned points into the buffer and is valid until the next operation.
/// - After TimedOut, or Cancelled once the manager is restarted, the same call again goes on where
///   it stopped: a message is taken from the buffer whole or not at all.
/// - The timeout bounds the whole call; left out, it is the stream's default for reads. When it is
///   over, what is ready is still taken, which is what the stream's available() says.
/// - Errors: those of the stream's read (transferred() says how many bytes came into the buffer),
///   and those named at the operation. May throw std::bad_alloc, with nothing lost.
///
/// ```cpp
/// mtcp::TcpReader reader(stream);
/// auto line = reader.read_line(8192, 5s);
/// if (line && *line) log(std::string(**line));
/// ```
///
/// Move-only. Not for several threads at once, nor for signal handlers.
class TcpReader {
 public:
  /// Bytes in the reader's buffer.
  using View = std::span<const std::byte>;

  /// A reader over `stream`. Allocates nothing before the first read.
  explicit TcpReader(StreamRef stream) noexcept : stream_(stream) {}

  /// Takes over what is buffered; views stay valid. The operations of `other` fail from now on:
  /// Failed with bad_file_descriptor. Never fails.
  TcpReader(TcpReader&& other) noexcept;
  /// Drops what is buffered and takes over. Never fails.
  TcpReader& operator=(TcpReader&& other) noexcept;
  ~TcpReader() = default;

  /// Everything up to and with `delimiter`, which is not empty; nothing when the stream ends
  /// between two parts. `limit` bounds the size of the view.
  /// Errors: also Incomplete when the stream ends within a part (what there is of it is in
  /// buffered()); TooBig when there is no delimiter within `limit` bytes, which stay in the buffer;
  /// Failed with invalid_argument for an empty delimiter.
  [[nodiscard]] Result<std::optional<View>> read_until(std::string_view delimiter,
                                                       std::size_t limit, Timeout timeout = {});

  /// A line, that ends with LF or CRLF, without its end; nothing when the stream ends between two
  /// lines. `limit` bounds the size of the view. Errors as read_until().
  [[nodiscard]] Result<std::optional<std::string_view>> read_line(std::size_t limit,
                                                                  Timeout timeout = {});

  /// A frame that has its length in front, without that; nothing when the stream ends between two
  /// frames. `limit` bounds the size of the view; memory is taken only as the bytes come.
  /// Errors: also Incomplete when the stream ends within a frame; TooBig when the length says more
  /// than `limit`, nothing consumed; Failed with invalid_argument for an impossible length.size.
  [[nodiscard]] Result<std::optional<View>> read_frame(FrameLength length, std::size_t limit,
                                                       Timeout timeout = {});

  /// Exactly `size` bytes. Errors: also Incomplete when the stream ends before that; what there is
  /// stays in the buffer.
  [[nodiscard]] Result<View> read_exact(std::size_t size, Timeout timeout = {});

  /// What is in the buffer, once that is at least `size` bytes or the stream has ended. Consumes
  /// nothing.
  [[nodiscard]] Result<View> peek(std::size_t size = 1, Timeout timeout = {});

  /// What is in the buffer, at most `buffer.size()` bytes; if there is nothing, a read from the
  /// stream. 0 at the end of the stream.
  [[nodiscard]] Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {});

  /// What has come and is not consumed. Never fails.
  View buffered() const noexcept { return View(buffer_).subspan(begin_, end_ - begin_); }

  /// Consumes the first `size` bytes of buffered(), or all of them if they are fewer. Never fails.
  void consume(std::size_t size) noexcept;

 private:
  class Filling;

  Result<std::size_t> read_stream(MutableBytes buffer, Timeout timeout);
  View take(std::size_t size) noexcept;
  std::span<std::byte> room();

  std::optional<StreamRef> stream_;  // nothing if moved-from
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what is not consumed
  std::size_t end_ = 0;
};

}  // namespace mtcp
