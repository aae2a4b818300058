#include "servers/support/start_server.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

constexpr int attempts = 10;

std::uint16_t free_port() {
  const auto manager = or_raise(TcpManager::create());
  const auto listener = or_raise(TcpListener::bind(manager, SocketAddr::loopback_v4()));
  return or_raise(listener.local_addr()).port();
}

}  // namespace

StartedServer start_server(const std::function<std::unique_ptr<Program>(std::uint16_t port)>& start,
                           const std::function<bool(const StartedServer&)>& answers) {
  StartedServer server;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    server.port = free_port();
    server.program = start(server.port);
    const Deadline deadline = 60s;
    while (server.program->running()) {
      if (answers(server)) return server;
      if (deadline.expired()) throw std::runtime_error("a server that does not answer");
      std::this_thread::sleep_for(5ms);
    }
  }
  throw std::runtime_error("a server does not start:\n" + server.program->output() +
                           server.program->errors());
}

}  // namespace mtcp::test
