#pragma once

#include <cstdint>

#include <mtcp/socket_addr.hpp>

#include "servers/support/program.hpp"
#include "servers/support/start_server.hpp"
#include "servers/support/temporary_folder.hpp"

namespace mtcp::test {

/// A Redis of the test's own, empty, on a free port of 127.0.0.1.
class RedisServer {
 public:
  static bool installed();

  /// Returns when it answers.
  RedisServer();

  std::uint16_t port() const noexcept { return server_.port; }
  SocketAddr address() const { return SocketAddr::loopback_v4(port()); }

  /// Asks it to end, and waits until it has.
  void stop();
  /// It keeps its connections, and accepts new ones, but does not answer until it resumes.
  void suspend() { server_.program->signal(SIGSTOP); }
  void resume() { server_.program->signal(SIGCONT); }

 private:
  TemporaryFolder folder_;
  StartedServer server_;  // after its folder: it ends first
};

}  // namespace mtcp::test
