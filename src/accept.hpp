#pragma once

#include <chrono>

#include <mtcp/native_handle.hpp>

#include "sys/socket.hpp"

namespace mtcp::detail {

/// One try to accept. An Accepted without a socket stands for a connection that died in the queue.
sys::Attempt<sys::Accepted> accept_or_skip(NativeHandle listener);

/// Keeps a queue full of dead connections from becoming a busy loop: a few are skipped at once,
/// then there is a pause, each longer than the one before.
class SkipPace {
 public:
  bool at_once() noexcept { return ++skipped_ % 16 != 0; }
  std::chrono::milliseconds next() noexcept;

 private:
  int skipped_ = 0;
  std::chrono::milliseconds length_{1};
};

}  // namespace mtcp::detail
