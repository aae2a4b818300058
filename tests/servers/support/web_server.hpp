#pragma once

#include <cstdint>
#include <string>

#include <mtcp/socket_addr.hpp>

#include "servers/support/program.hpp"
#include "servers/support/start_server.hpp"
#include "servers/support/temporary_folder.hpp"

namespace mtcp::test {

/// An nginx of the test's own on a free port of 127.0.0.1, which hands out the files of a folder
/// and stores what is PUT there.
class WebServer {
 public:
  static bool installed();

  /// Returns when it answers.
  WebServer();

  std::uint16_t port() const noexcept { return server_.port; }
  SocketAddr address() const { return SocketAddr::loopback_v4(port()); }

  /// Where the file of this name is.
  std::string path(const std::string& name) const { return folder_.path() + "/files/" + name; }

 private:
  std::string write_configuration(std::uint16_t port) const;
  bool answers(const StartedServer& server) const;

  TemporaryFolder folder_;
  StartedServer server_;  // after its folder: it ends first
};

}  // namespace mtcp::test
