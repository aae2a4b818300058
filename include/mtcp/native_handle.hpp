#pragma once

#include <cstdint>

namespace mtcp {

/// What the operating system calls a socket: a POSIX file descriptor or a Windows SOCKET.
///
/// A plain number that owns nothing. Invalid by default. Implicit from int and from std::uintptr_t,
/// so that a descriptor or a SOCKET can be passed as it is; `static_cast<int>(handle)` and
/// `static_cast<SOCKET>(handle)` give it back.
///
/// Threads and signal handlers: as an int. Nothing can fail.
class NativeHandle {
 public:
  /// Invalid.
  constexpr NativeHandle() noexcept = default;

  /// The descriptor `value`; any negative number is invalid.
  constexpr NativeHandle(int value) noexcept : value_(value < 0 ? -1 : value) {}

  /// The SOCKET `value`; INVALID_SOCKET and whatever else would be negative as a signed number is
  /// invalid.
  constexpr NativeHandle(std::uintptr_t value) noexcept
      : value_(value > INTPTR_MAX ? -1 : static_cast<std::intptr_t>(value)) {}

  /// Whether it is a number that a descriptor can have. Does not ask the system.
  constexpr bool valid() const noexcept { return value_ >= 0; }

  /// The descriptor's number; -1 when invalid.
  explicit constexpr operator int() const noexcept { return static_cast<int>(value_); }

  /// The SOCKET's number; INVALID_SOCKET when invalid.
  explicit constexpr operator std::uintptr_t() const noexcept {
    return static_cast<std::uintptr_t>(value_);
  }

  /// Equal when they are the same number.
  friend constexpr bool operator==(NativeHandle, NativeHandle) noexcept = default;

 private:
  std::intptr_t value_ = -1;
};

}  // namespace mtcp
