#include "servers/support/web_server.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

std::string program() {
  return find_program("nginx", {"/usr/sbin", "/usr/local/sbin"});
}

}  // namespace

bool WebServer::installed() {
  return !program().empty();
}

WebServer::WebServer() {
  std::filesystem::create_directory(folder_.path() + "/files");
  std::ofstream(path("whose")) << folder_.path();
  const auto start = [this](std::uint16_t port) {
    return std::make_unique<Program>(std::vector<std::string>{
        program(), "-p", folder_.path(), "-e", "stderr", "-c", write_configuration(port)});
  };
  server_ = start_server(start, [this](const StartedServer& server) { return answers(server); });
}

/// One process, and no file outside the folder.
std::string WebServer::write_configuration(std::uint16_t port) const {
  auto path = folder_.path() + "/nginx.conf";
  std::ofstream file(path);
  file << "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n"
       << "  access_log off;\n";
  for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    file << "  " << use << "_temp_path " << use << ";\n";
  file << "  server {\n    listen 127.0.0.1:" << port << ";\n    root files;\n"
       << "    client_max_body_size 0;\n    dav_methods PUT;\n  }\n}\n";
  return path;
}

/// Whether it is this server that answers, and not somebody else at its port.
bool WebServer::answers(const StartedServer& server) const {
  const auto manager = or_raise(TcpManager::create());
  auto stream = TcpStream::connect(manager, SocketAddr::loopback_v4(server.port), 5s);
  if (!stream || !stream->write_all("GET /whose HTTP/1.0\r\n\r\n"sv, 5s)) return false;
  std::string answer;
  return stream->read_to_end(answer, 1 << 16, 5s) && answer.ends_with("\r\n\r\n" + folder_.path());
}

}  // namespace mtcp::test
