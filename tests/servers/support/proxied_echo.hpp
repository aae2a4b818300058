#pragma once

#include <string>

#include <mtcp/mtcp.hpp>

#include "servers/support/running_proxy.hpp"
#include "support/pair.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {

/// An echo server behind mtcp-proxy.
class ProxiedEcho {
 public:
  explicit ProxiedEcho(const RunningProxy::Options& options = {},
                       const std::string& host = "127.0.0.1")
      : proxy(host + ':' + std::to_string(server->local_addrs().front().port()), options) {}

  TcpStream connect() const { return proxy.connect(manager); }

  TcpManager manager = make_manager();
  RunningServer server{make_server(manager, echo)};
  RunningProxy proxy;
};

/// Closes a connection.
inline void hang_up(TcpStream) {}

}  // namespace mtcp::test
