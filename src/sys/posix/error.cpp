#include "sys/error.hpp"

namespace mtcp::sys {

const std::error_category& error_category() noexcept {
  return std::system_category();
}

std::error_code make_error(std::errc condition) noexcept {
  return {static_cast<int>(condition), std::system_category()};
}

}  // namespace mtcp::sys
