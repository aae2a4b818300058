#pragma once

// In this order: windows.h alone would bring the sockets of 1992.
#include <cstdint>
#include <system_error>
#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <mtcp/native_handle.hpp>

namespace mtcp::sys {

/// Starts Winsock at the first call; without it no other call works. Never stopped: sockets may
/// outlive static objects.
std::error_code start_winsock() noexcept;

inline SOCKET socket_of(NativeHandle handle) noexcept {
  return static_cast<std::uintptr_t>(handle);
}

inline HANDLE object_of(NativeHandle handle) noexcept {
  return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(handle));
}

}  // namespace mtcp::sys
