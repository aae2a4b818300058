#include "servers/support/postgresql_server.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

constexpr const char* unprivileged = "postgres";  // for root, whom PostgreSQL does not serve

/// Debian keeps each version's programs in a folder of their own, outside PATH: the newest first.
std::vector<std::string> folders() {
  std::vector<std::pair<int, std::string>> versions;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
    versions.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
  std::ranges::sort(versions, std::greater<>());
  std::vector<std::string> result;
  result.reserve(versions.size());
  for (auto& [version, folder] : versions) result.push_back(std::move(folder));
  return result;
}

/// Whether the server says in its lock file that it is this process and accepts connections.
bool is_ready(const std::string& data, const StartedServer& server) {
  std::ifstream lock_file(data + "/postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; std::getline(lock_file, line);) lines.push_back(line);
  return lines.size() >= 8 && lines[0] == std::to_string(server.program->id()) &&
         lines[7].starts_with("ready");
}

}  // namespace

bool PostgresqlServer::installed() {
  return !find_program("initdb", folders()).empty() && !find_program("postgres", folders()).empty();
}

PostgresqlServer::PostgresqlServer() : folder_(unprivileged) {
  const std::string data = folder_.path() + "/data";
  const Program::Options options{
      .user = unprivileged, .folder = folder_.path(), .death_signal = SIGQUIT, .ignored = {}};
  Program initdb(
      {find_program("initdb", folders()), "--pgdata", data, "--username", unprivileged, "--auth",
       "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"},
      options);
  if (const auto ending = initdb.wait(60s); !ending || ending->status != 0)
    throw std::runtime_error("initdb failed:\n" + initdb.output() + initdb.errors());
  // No socket in the file system: the name of a temporary directory may be too long for one.
  const auto start = [&](std::uint16_t port) {
    return std::make_unique<Program>(
        std::vector<std::string>{find_program("postgres", folders()), "-D", data, "-p",
                                 std::to_string(port), "-c", "listen_addresses=127.0.0.1", "-c",
                                 "unix_socket_directories=", "-c", "fsync=off", "-c",
                                 "full_page_writes=off", "-c", "synchronous_commit=off"},
        options);
  };
  server_ =
      start_server(start, [&](const StartedServer& server) { return is_ready(data, server); });
}

PostgresqlServer::~PostgresqlServer() {
  // Not killed: it has shared memory to give back.
  server_.program->signal(SIGQUIT);
  server_.program->wait(10s);
}

std::string PostgresqlServer::connection_info() const {
  return "port=" + std::to_string(port()) + " user=" + unprivileged + " dbname=postgres";
}

void PostgresqlServer::stop() {
  server_.program->signal(SIGINT);
  if (!server_.program->wait(60s)) throw std::runtime_error("postgres does not end");
}

}  // namespace mtcp::test
