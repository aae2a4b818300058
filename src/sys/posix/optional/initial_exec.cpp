#include <array>

#include "sys/posix/handler_depth.hpp"
#include "sys/signals.hpp"

namespace mtcp::sys::handler_depth {

namespace {

/// Allocated with the thread, so that a handler may use it.
[[gnu::tls_model("initial-exec")]] thread_local std::array<unsigned char, signal_limit> depth{};

}  // namespace

std::error_code reserve(int) noexcept {
  return {};
}

unsigned enter(int signal) noexcept {
  return ++depth[static_cast<std::size_t>(signal)];
}

void leave(int signal) noexcept {
  --depth[static_cast<std::size_t>(signal)];
}

}  // namespace mtcp::sys::handler_depth
