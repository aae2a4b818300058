#pragma once

#include <cstdint>
#include <string>

#include <mtcp/socket_addr.hpp>

#include "servers/support/program.hpp"
#include "servers/support/start_server.hpp"
#include "servers/support/temporary_folder.hpp"

namespace mtcp::test {

/// A PostgreSQL of the test's own on a free port of 127.0.0.1, with a cluster of its own; everybody
/// is let in.
class PostgresqlServer {
 public:
  static bool installed();

  /// Returns when it answers.
  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  std::uint16_t port() const noexcept { return server_.port; }
  SocketAddr address() const { return SocketAddr::loopback_v4(port()); }

  /// What libpq's programs need to connect, but for the host: the port, the user, the database.
  std::string connection_info() const;

  /// Breaks off what is under way, ends, and waits until that is done.
  void stop();

 private:
  TemporaryFolder folder_;
  StartedServer server_;  // after its folder: it ends first
};

}  // namespace mtcp::test
