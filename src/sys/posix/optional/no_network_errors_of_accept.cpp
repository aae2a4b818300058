#include <cerrno>

#include "sys/socket.hpp"

namespace mtcp::sys {

bool is_lost_in_queue(std::error_code accept_error) noexcept {
  return accept_error == std::error_code(ECONNABORTED, std::system_category());
}

}  // namespace mtcp::sys
