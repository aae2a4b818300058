// An HTTPS client: one request, and its answer on the standard output.
//
//   https_client HOST [PORT [PATH [AUTHORITY]]]    as https_client localhost 8443 / authority.pem
//
// AUTHORITY is a file of certificates to trust besides the system's.
//
// What it shows
//   - TlsStream::connect() checks who the server is before anything is said to it; what is wrong
//     with a certificate is in the error's message.
//   - One Deadline for the name, the connection, the handshake, the request and the answer.
//   - An answer that is cut off on the way is an error, never a short answer: the stream ends only
//     with the server's farewell.
//
// What to try
//   https_server of this folder, with a certificate of your own; then this client without and with
//   the AUTHORITY, and by 127.0.0.1 where the certificate is for localhost.
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr auto whole_time = 30s;
constexpr std::size_t answer_limit = 64 << 20;

int run(const std::string& host, std::uint16_t port, std::string_view path,
        const mtcp::TlsClientOptions& options) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  const auto context = mtcp::or_raise(mtcp::TlsContext::client(options));
  const mtcp::Deadline deadline = whole_time;
  auto tcp = mtcp::or_raise(mtcp::TcpStream::connect(manager, host, port, deadline));
  auto stream = mtcp::or_raise(mtcp::TlsStream::connect(context, std::move(tcp), host, deadline));
  std::cerr << stream.version() << ", " << stream.peer_subject() << '\n';
  mtcp::or_raise(
      stream.write_all({"GET "sv, path, " HTTP/1.0\r\nHost: "sv, host, "\r\n\r\n"sv}, deadline));
  std::string answer;
  const auto size = stream.read_to_end(answer, answer_limit, deadline);
  std::cout << answer << std::flush;
  if (!size) size.error().raise();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2 || argc > 5) {
    std::cerr << "usage: https_client HOST [PORT [PATH [AUTHORITY]]]\n";
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(argc > 2 ? std::stoul(argv[2]) : 443);
  mtcp::TlsClientOptions options;
  if (argc > 4) options.authorities.push_back(mtcp::TlsPem::file(argv[4]));
  return run(argv[1], port, argc > 3 ? argv[3] : "/", options);
} catch (const std::exception& error) {
  std::cerr << "https_client: " << error.what() << '\n';
  return 1;
}
