#pragma once

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// Whether this system has ::1; containers often do not.
inline bool has_ipv6() {
  const auto manager = or_raise(TcpManager::create());
  return TcpListener::bind(manager, SocketAddr::loopback_v6()).has_value();
}

}  // namespace mtcp::test
