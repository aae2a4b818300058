#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "sys/posix/error.hpp"
#include "sys/posix/tcp_state.hpp"

namespace mtcp::sys {

Expected<TcpState> tcp_state(NativeHandle handle) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(int(handle), IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return failed();
  if (info.tcpi_state == TCP_CLOSE) return TcpState::Closed;
  return info.tcpi_state == TCP_LISTEN ? TcpState::Listen : TcpState::Other;
}

}  // namespace mtcp::sys
