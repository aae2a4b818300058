#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "duration.hpp"
#include "log.hpp"
#include "tls.hpp"

namespace proxy {

/// What the command line says.
struct Options {
  enum class Action { Run, ShowHelp, ShowVersion, Refuse };

  Action action = Action::Run;
  std::string complaint = {};  // of Refuse; empty: the user has been told already

  std::vector<mtcp::SocketAddr> listen = {};
  std::string target = {};  // as given: "db.example.com:5432"
  std::string host = {};    // its name or address, without brackets
  std::uint16_t port = 0;

  TlsOptions tls = {};

  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds idle_timeout = std::chrono::minutes(5);
  std::chrono::nanoseconds total_timeout = no_limit;
  std::chrono::nanoseconds grace = std::chrono::seconds(30);
  std::size_t max_connections = 1024;
  Verbosity verbosity = Verbosity::Normal;
};

Options parse_options(int argc, char** argv);

/// What --help says.
std::string help();

}  // namespace proxy
