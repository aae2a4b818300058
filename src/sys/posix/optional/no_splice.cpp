#include "sys/splice.hpp"

namespace mtcp::sys {

bool Splice::is_impossible(std::error_code) noexcept {
  return true;
}

Expected<Splice> Splice::create(NativeHandle, NativeHandle) noexcept {
  return std::unexpected(std::make_error_code(std::errc::operation_not_supported));
}

Attempt<std::size_t> Splice::fill(NativeHandle) noexcept {
  return std::unexpected(std::make_error_code(std::errc::operation_not_supported));
}

Attempt<std::size_t> Splice::drain(NativeHandle) noexcept {
  return std::unexpected(std::make_error_code(std::errc::operation_not_supported));
}

}  // namespace mtcp::sys
