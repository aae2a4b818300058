#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

#include <mtcp/stream.hpp>

namespace mtcp {

namespace detail {

/// Whether Asio has `code` in its category of the system; on POSIX std::errc's numbers are such.
inline bool is_of_the_system(std::error_code code) noexcept {
  const auto& category = code.category();
  if (category == TcpError::system_category() || category == std::system_category()) return true;
  return TcpError::system_category() == std::system_category() &&
         category == std::generic_category();
}

}  // namespace detail

/// What an Asio is called in one of its editions: Boost's, Boost's as Beast uses it, and the one
/// that stands alone. Users have it by AsioStream, BeastStream and StandaloneAsioStream.
template <class L>
concept AsioLibrary = requires(const TcpError& error) {
  typename L::executor_type;
  typename L::mutable_buffer;
  typename L::const_buffer;
  typename L::error_code;
  { L::executor() } -> std::same_as<typename L::executor_type>;
  { L::end_of_stream() } -> std::same_as<typename L::error_code>;
  { L::code(error) } -> std::same_as<typename L::error_code>;
};

/// A Stream under Asio's names: it models Asio's SyncReadStream and SyncWriteStream, so that all
/// that is written against these has deadlines and can be cancelled: asio::read_until(),
/// asio::ssl::stream, Beast's HTTP and WebSocket. There are no asynchronous operations.
///
/// Deadlines are set as on a beast::tcp_stream, for all operations that follow; before that, the
/// stream's default timeouts hold. Unlike there, a stream is usable after a timeout: nothing is
/// closed, and no byte is lost.
///
/// Threads: as the stream; the deadline may be set while no operation runs. Not for signal
/// handlers. Source: "Buffer-oriented synchronous read stream" and "... write stream" in Asio's
/// reference.
template <AsioLibrary Library, Stream S>
class BasicAsioStream {
 public:
  /// Whose Asio it is.
  using library_type = Library;
  /// What get_executor() returns.
  using executor_type = typename Library::executor_type;
  /// What lowest_layer() returns.
  using lowest_layer_type = BasicAsioStream;
  /// How errors are told.
  using error_code = typename Library::error_code;

  /// Takes `stream` over. What is to stay where it is comes as a StreamRef. Never fails.
  explicit BasicAsioStream(S stream) noexcept : stream_(std::move(stream)) {}

  /// The stream itself, with all that it can do beyond Asio. Never fails.
  S& stream() noexcept { return stream_; }
  /// The same. Never fails.
  const S& stream() const noexcept { return stream_; }

  /// This object: what is above it finds its deadline here. Never fails.
  lowest_layer_type& lowest_layer() noexcept { return *this; }
  /// The same. Never fails.
  const lowest_layer_type& lowest_layer() const noexcept { return *this; }

  /// The executor of an io_context that nobody runs: Asio's layers ask for one, and blocking calls
  /// have nothing to run. All streams share it. May throw what making an io_context throws.
  executor_type get_executor() const { return Library::executor(); }

  /// All operations that follow are to end within `time` from now, taken together. Zero or
  /// negative: they try once, without waiting. Never fails.
  void expires_after(std::chrono::nanoseconds time) noexcept { timeout_ = Deadline(time); }
  /// The same until `time`. Never fails.
  void expires_at(std::chrono::steady_clock::time_point time) noexcept {
    timeout_ = Deadline(time);
  }
  /// The operations that follow wait for as long as it takes, whatever the stream's default is.
  /// Never fails.
  void expires_never() noexcept { timeout_ = Deadline::never(); }

  /// Reads what is there, waiting until there is at least one byte; into the first of `buffers`
  /// that is not empty. Returns how many bytes; 0 with an error, or if all buffers are empty.
  ///
  /// Errors: asio::error::eof at the end of the stream; asio::error::operation_aborted after a
  /// cancel; at the deadline asio::error::timed_out, of a BeastStream beast::error::timeout; else
  /// the system's code, as Asio's own sockets tell it, or that of the stream's protocol.
  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers, error_code& error) {
    error = {};
    const auto end = Library::end(buffers);
    for (auto each = Library::begin(buffers); each != end; ++each) {
      const typename Library::mutable_buffer buffer(*each);
      if (buffer.size() == 0) continue;
      return told(
          stream_.read(std::span(static_cast<std::byte*>(buffer.data()), buffer.size()), timeout_),
          error, Library::end_of_stream());
    }
    return 0;
  }

  /// The same; an error is thrown, as Asio's system_error.
  template <class MutableBufferSequence>
  std::size_t read_some(const MutableBufferSequence& buffers) {
    return thrown([&](error_code& error) { return read_some(buffers, error); });
  }

  /// Hands over at least one byte of `buffers`, waiting until there is room for it. Returns how
  /// many; 0 with an error, or if all buffers are empty.
  ///
  /// Errors: as read_some(); asio::error::broken_pipe or connection_reset when the peer has closed.
  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers, error_code& error) {
    error = {};
    std::array<ConstBytes, most_pieces> pieces;
    std::size_t count = 0;
    const auto end = Library::end(buffers);
    for (auto each = Library::begin(buffers); each != end && count < most_pieces; ++each) {
      const typename Library::const_buffer buffer(*each);
      if (buffer.size() != 0)
        pieces[count++] = std::span(static_cast<const std::byte*>(buffer.data()), buffer.size());
    }
    if (count == 0) return 0;
    return told(write(std::span<const ConstBytes>(pieces).first(count)), error, {});
  }

  /// The same; an error is thrown, as Asio's system_error.
  template <class ConstBufferSequence>
  std::size_t write_some(const ConstBufferSequence& buffers) {
    return thrown([&](error_code& error) { return write_some(buffers, error); });
  }

 private:
  static constexpr std::size_t most_pieces = 16;

  Result<std::size_t> write(std::span<const ConstBytes> pieces) {
    if constexpr (requires { stream_.write(pieces, timeout_); })
      return stream_.write(pieces, timeout_);
    else
      return stream_.write(pieces.front(), timeout_);
  }

  static std::size_t told(const Result<std::size_t>& moved, error_code& error, error_code at_zero) {
    if (!moved)
      error = Library::code(moved.error());
    else if (*moved == 0)
      error = at_zero;
    return moved.value_or(0);
  }

  template <class Operation>
  static std::size_t thrown(Operation operation) {
    error_code error;
    const std::size_t count = operation(error);
    if (error) throw typename Library::system_error(error);
    return count;
  }

  S stream_;
  Timeout timeout_;
};

}  // namespace mtcp
