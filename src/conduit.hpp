#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <mtcp/native_handle.hpp>

#include "socket_state.hpp"
#include "sys/splice.hpp"

namespace mtcp::detail {

/// A stream's socket and what is remembered of it.
struct Endpoint {
  NativeHandle handle;
  SocketState* state;
};

/// Where bytes are between being read from one socket and written to another: copied through a
/// buffer at first; when they come in bulk and the system can, they no longer leave the kernel.
class Conduit {
 public:
  /// May throw std::bad_alloc.
  Conduit(Endpoint from, Endpoint to);

  bool empty() const noexcept { return begin_ == end_ && (!splice_ || splice_->size() == 0); }

  /// Reads, when it is empty; 0 at the end of the stream.
  sys::Attempt<std::size_t> fill() noexcept;
  /// Writes, when it is not empty.
  sys::Attempt<std::size_t> drain() noexcept;

 private:
  void splice_from_now_on() noexcept;

  Endpoint from_;
  Endpoint to_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;  // of what is in the buffer
  std::size_t end_ = 0;
  int full_ = 0;  // how often the buffer was filled at one go
  std::optional<sys::Splice> splice_;
};

}  // namespace mtcp::detail
