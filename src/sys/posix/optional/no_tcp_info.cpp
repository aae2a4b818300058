#include "sys/posix/tcp_state.hpp"

namespace mtcp::sys {

Expected<TcpState> tcp_state(NativeHandle) noexcept {
  return std::unexpected(std::make_error_code(std::errc::no_protocol_option));
}

}  // namespace mtcp::sys
