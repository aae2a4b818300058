// An HTTPS server: one request a connection, and the same page for all.
//
//   https_server ADDRESS CERTIFICATES KEY     as https_server 127.0.0.1:8443 chain.pem key.pem
//
// What it shows
//   - Each session shakes hands in its own thread, within a deadline of its own: a client that is
//     slow to do it, or never does, holds up nobody else.
//   - TcpReader reads over a TlsStream as over a TcpStream, with limits.
//   - The first Ctrl+C lets requests that are on their way be answered; the second one, or the end
//     of the grace, ends them. Then all threads are joined.
//
// What to try
//   openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out chain.pem -days 7
//     -subj /CN=localhost -addext subjectAltName=DNS:localhost
//   https_server 127.0.0.1:8443 chain.pem key.pem
//   curl --cacert chain.pem https://localhost:8443/
//   nc 127.0.0.1 8443                   type nothing: closed after 10 s
#include <chrono>
#include <exception>
#include <expected>
#include <iostream>
#include <string>
#include <string_view>
#include <syncstream>
#include <utility>

#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr auto handshake_time = 10s;
constexpr auto request_time = 15s;  // for one request, its answer included
constexpr auto farewell_time = 2s;
constexpr auto grace = 3s;  // for requests that are on their way at Ctrl+C
constexpr std::size_t head_limit = 64 << 10;

constexpr auto answer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n"
    "Connection: close\r\n\r\nhello\n"sv;

void say(const std::string& line) {
  std::osyncstream(std::cerr) << line << '\n';
}

/// One request and its answer; all of the request is its head.
mtcp::Result<void> serve(mtcp::TlsStream& stream) {
  const mtcp::Deadline deadline = request_time;
  mtcp::TcpReader reader(stream);
  const auto head = reader.read_until("\r\n\r\n"sv, head_limit, deadline);
  if (!head) return std::unexpected(head.error());
  if (!*head) return {};  // the client has ended instead
  if (auto sent = stream.write_all(answer, deadline); !sent) return sent;
  return stream.close(farewell_time);
}

void run_session(const mtcp::TlsContext& context, mtcp::TcpStream& client) {
  auto stream = mtcp::TlsStream::accept(context, std::move(client), handshake_time);
  if (!stream) return say(stream.error().message());
  if (const auto served = serve(*stream); !served) say(served.error().message());
}

int run(const char* address, const char* certificates, const char* key) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto context = mtcp::or_raise(mtcp::TlsContext::server(
      {.identities = {{mtcp::TlsPem::file(certificates), mtcp::TlsPem::file(key)}},
       .protocols = {"http/1.1"}}));
  auto server = mtcp::or_raise(mtcp::TcpServer::bind(
      manager, address,
      [&](const mtcp::TcpManager&, mtcp::TcpStream& client) { run_session(context, client); },
      {.grace = grace}));
  const auto on_signal =
      mtcp::or_raise(mtcp::CancelOnSignal::install_in_turn({server.drainer(), server.aborter()}));
  std::cout << "listening on " << server.local_addrs().front().to_string() << std::endl;
  const auto report = mtcp::or_raise(server.run());
  std::cout << report.served + report.drained << " connections served, " << report.aborted
            << " cut off" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::cerr << "usage: https_server ADDRESS CERTIFICATES KEY\n";
    return 2;
  }
  return run(argv[1], argv[2], argv[3]);
} catch (const std::exception& error) {
  std::cerr << "https_server: " << error.what() << '\n';
  return 1;
}
