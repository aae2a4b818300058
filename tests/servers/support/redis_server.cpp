#include "servers/support/redis_server.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

std::string program() {
  return find_program("redis-server", {"/usr/bin", "/usr/sbin", "/usr/local/bin"});
}

/// Whether it is this server that answers, and not somebody else at its port.
bool answers(const StartedServer& server) {
  const auto manager = or_raise(TcpManager::create());
  auto stream = TcpStream::connect(manager, SocketAddr::loopback_v4(server.port), 5s);
  if (!stream || !stream->write_all("INFO server\r\n"sv, 5s)) return false;
  std::string reply;
  const auto told = [](std::string_view seen) {
    return seen.find("process_id:") != seen.npos && seen.ends_with("\r\n");
  };
  if (!stream->read_all(reply, {.timeout = 5s, .limit = 1 << 16}, told)) return false;
  const auto id = "process_id:" + std::to_string(server.program->id()) + "\r\n";
  return reply.find(id) != std::string::npos;
}

}  // namespace

bool RedisServer::installed() {
  return !program().empty();
}

RedisServer::RedisServer() {
  const auto start = [this](std::uint16_t port) {
    return std::make_unique<Program>(std::vector<std::string>{
        program(), "--bind", "127.0.0.1", "--port", std::to_string(port), "--dir", folder_.path(),
        "--save", "", "--appendonly", "no", "--daemonize", "no"});
  };
  server_ = start_server(start, &answers);
}

void RedisServer::stop() {
  server_.program->signal(SIGTERM);
  server_.program->signal(SIGCONT);
  if (!server_.program->wait(60s)) throw std::runtime_error("redis-server does not end");
}

}  // namespace mtcp::test
