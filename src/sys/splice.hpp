#pragma once

#include <cstddef>

#include <mtcp/native_handle.hpp>

#include "sys/socket.hpp"

namespace mtcp::sys {

/// Moves bytes from one socket to another within the kernel, by way of a buffer there.
class Splice {
 public:
  /// An error where the system has no such way, or none between these two sockets, or not now.
  static Expected<Splice> create(NativeHandle from, NativeHandle to) noexcept;

  /// Takes bytes from a socket; none if there are none that it can take, which only a receive can
  /// explain: at the end of the stream, and also in front of an urgent byte. The buffer is empty.
  Attempt<std::size_t> fill(NativeHandle from) noexcept;
  /// Sends bytes to a socket. The buffer is not empty.
  Attempt<std::size_t> drain(NativeHandle to) noexcept;

  /// How many bytes are in the buffer.
  std::size_t size() const noexcept { return size_; }

  /// Whether `error` of fill() says that the system cannot do this at all; nothing was taken then.
  static bool is_impossible(std::error_code error) noexcept;

 private:
  Splice(Socket input, Socket output) noexcept
      : input_(std::move(input)), output_(std::move(output)) {}

  Socket input_;  // of the buffer; both are descriptors like others
  Socket output_;
  std::size_t size_ = 0;
};

}  // namespace mtcp::sys
