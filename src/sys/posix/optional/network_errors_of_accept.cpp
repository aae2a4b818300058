#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/socket.hpp"

namespace mtcp::sys {

bool is_lost_in_queue(std::error_code accept_error) noexcept {
  // accept(2): Linux passes pending network errors of the new socket on as errors of accept.
  static constexpr std::array lost = {ECONNABORTED, ENETDOWN,   EPROTO, ENOPROTOOPT,
                                      EHOSTDOWN,    ENONET,     EPERM,  EHOSTUNREACH,
                                      EOPNOTSUPP,   ENETUNREACH};
  return accept_error.category() == std::system_category() &&
         std::ranges::find(lost, accept_error.value()) != lost.end();
}

}  // namespace mtcp::sys
