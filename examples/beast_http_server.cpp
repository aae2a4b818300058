// An HTTP server with Boost.Beast's synchronous calls, in which no client can hold a thread.
//
//   beast_http_server [ADDRESS]     default: 127.0.0.1:8080; port 0 takes a free one
//
// What it shows
//   - BeastStream puts a deadline on http::read() and http::write(), which have none of their own:
//     one for each request, its answer included, however slowly the bytes trickle.
//   - TcpServer runs a thread a connection. The first Ctrl+C lets requests that are on their way be
//     answered; the second one, or the end of the grace, ends them. Then all threads are joined.
//
// What to try
//   curl -i http://127.0.0.1:8080/any/path
//   nc 127.0.0.1 8080                   type nothing: closed after 15 s; type a little: 408 then
//   wrk -c 32 http://127.0.0.1:8080/    and, while it runs, Ctrl+C in the server's terminal
#include <atomic>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include <mtcp/beast_stream.hpp>
#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace http = beast::http;

using Stream = mtcp::BeastStream<mtcp::StreamRef>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr auto request_time = 15s;  // for one request, its answer included
constexpr auto refusal_time = 1s;   // to tell a slow client that it was too slow
constexpr auto grace = 3s;          // for requests that are on their way at Ctrl+C

Response answer_to(const Request& request) {
  Response response(http::status::ok, request.version());
  response.set(http::field::content_type, "text/plain");
  if (request.method() == http::verb::get) {
    response.body() = "You asked for " + std::string(request.target()) + "\n";
  } else {
    response.result(http::status::method_not_allowed);
    response.set(http::field::allow, "GET");
  }
  response.keep_alive(request.keep_alive());
  response.prepare_payload();
  return response;
}

/// Tells a client whose time is over so, if it listens.
void refuse(Stream& stream) {
  Response response(http::status::request_timeout, 11);
  response.keep_alive(false);
  response.prepare_payload();
  boost::system::error_code ignored;
  stream.expires_after(refusal_time);
  http::write(stream, response, ignored);
}

/// Answers requests until the client ends or is too slow, or `draining` says that it was the last.
void serve(mtcp::TcpStream& client, const std::atomic<bool>& draining) {
  Stream stream{mtcp::StreamRef(client)};
  beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> request;
    boost::system::error_code error;
    stream.expires_after(request_time);
    http::read(stream, buffer, request, error);
    if (error == beast::error::timeout && request.got_some()) refuse(stream);
    if (error) return;
    Response response = answer_to(request.get());
    if (draining) response.keep_alive(false);
    http::write(stream, response, error);
    if (error || !response.keep_alive()) return;
  }
}

int run(const std::string& address) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  std::atomic<bool> draining = false;
  auto server = mtcp::or_raise(mtcp::TcpServer::bind(
      manager, address,
      [&](const mtcp::TcpManager&, mtcp::TcpStream& client) { serve(client, draining); },
      {.grace = grace, .on_drain = [&] { draining = true; }}));
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
  if (argc > 2) {
    std::cerr << "usage: beast_http_server [ADDRESS], as beast_http_server 127.0.0.1:8080\n";
    return 2;
  }
  return run(argc == 2 ? argv[1] : "127.0.0.1:8080");
} catch (const std::exception& error) {
  std::cerr << "beast_http_server: " << error.what() << '\n';
  return 1;
}
