#pragma once

#include <expected>
#include <system_error>

#include "sys/error.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// A code of Winsock or of the rest of Windows: they share their numbers.
inline std::error_code windows_error(DWORD code) noexcept {
  return {static_cast<int>(code), error_category()};
}

/// The code that Winsock has for what others tell by `code`, where it has one.
std::error_code winsock_error(DWORD code) noexcept;

inline std::error_code last_error() noexcept {
  return windows_error(::GetLastError());
}

/// The same for socket calls; ::WSAGetLastError() is the same number under another name.
inline std::unexpected<std::error_code> failed() noexcept {
  return std::unexpected(last_error());
}

inline std::error_code result_of(int returned) noexcept {
  return returned == SOCKET_ERROR ? last_error() : std::error_code();
}

inline bool would_block() noexcept {
  return ::WSAGetLastError() == WSAEWOULDBLOCK;
}

/// What a call on `handle` failed with: Winsock says of a closed handle, too, that it is no socket.
std::error_code last_error_of(NativeHandle handle) noexcept;

}  // namespace mtcp::sys
