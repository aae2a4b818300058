#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "sys/posix/error.hpp"
#include "sys/posix/tcp_state.hpp"

namespace mtcp::sys {

namespace {

// As <netinet/tcp_fsm.h> numbers the states, which is not installed everywhere.
constexpr int closed_state = 0;
constexpr int listen_state = 1;

}  // namespace

Expected<TcpState> tcp_state(NativeHandle handle) noexcept {
  tcp_connection_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(int(handle), IPPROTO_TCP, TCP_CONNECTION_INFO, &info, &size) < 0)
    return failed();
  if (info.tcpi_state == closed_state) return TcpState::Closed;
  return info.tcpi_state == listen_state ? TcpState::Listen : TcpState::Other;
}

}  // namespace mtcp::sys
