#pragma once

#include <cerrno>
#include <expected>
#include <system_error>

namespace mtcp::sys {

inline std::error_code last_error() noexcept {
  return {errno, std::system_category()};
}

inline std::unexpected<std::error_code> failed() noexcept {
  return std::unexpected(last_error());
}

inline std::error_code result_of(int returned) noexcept {
  return returned < 0 ? last_error() : std::error_code();
}

/// Calls again what a signal interrupted before it had done anything.
template <class Call>
auto uninterrupted(Call call) noexcept {
  for (;;) {
    const auto returned = call();
    if (returned >= 0 || errno != EINTR) return returned;
  }
}

inline bool would_block() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

}  // namespace mtcp::sys
