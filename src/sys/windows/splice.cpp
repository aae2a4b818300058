#include "sys/splice.hpp"

#include "sys/windows/error.hpp"

namespace mtcp::sys {

// Windows moves nothing from one socket to another but through the program's memory.

bool Splice::is_impossible(std::error_code) noexcept {
  return true;
}

Expected<Splice> Splice::create(NativeHandle, NativeHandle) noexcept {
  return std::unexpected(make_error(std::errc::operation_not_supported));
}

Attempt<std::size_t> Splice::fill(NativeHandle) noexcept {
  return std::unexpected(make_error(std::errc::operation_not_supported));
}

Attempt<std::size_t> Splice::drain(NativeHandle) noexcept {
  return std::unexpected(make_error(std::errc::operation_not_supported));
}

}  // namespace mtcp::sys
