// A WebSocket client with Boost.Beast's synchronous calls, which no server can keep waiting.
//
//   beast_websocket_client HOST PORT [TARGET]     as beast_websocket_client localhost 8080 /chat
//
// Sends each line of the standard input as a message and prints the answer to it.
//
// What it shows
//   - BeastStream puts a deadline on the handshake, on each message and its answer, and on closing,
//     of which Beast's own synchronous calls have none.
//   - Ctrl+C ends whatever it waits for, at once; then there is still time for a farewell.
//
// What to try
//   nc -l 8080 in another terminal, then this program: it gives up after 10 s.
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include <mtcp/beast_stream.hpp>
#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

using WebSocket = websocket::stream<mtcp::BeastStream<>>;

constexpr auto connect_time = 10s;  // for the name, the connection and the handshake
constexpr auto answer_time = 30s;   // for a message and its answer
constexpr auto farewell_time = 2s;  // for closing

void converse(WebSocket& socket) {
  for (std::string line; std::getline(std::cin, line);) {
    beast::get_lowest_layer(socket).expires_after(answer_time);
    socket.write(boost::asio::buffer(line));
    beast::flat_buffer answer;
    socket.read(answer);
    std::cout << beast::make_printable(answer.data()) << std::endl;
  }
}

/// Closes in order also after a cancel: by a manager of its own, which nobody has cancelled.
void say_farewell(WebSocket& socket, const mtcp::TcpManager& farewell) {
  auto& below = beast::get_lowest_layer(socket);
  below.stream().tie(farewell);
  below.expires_after(farewell_time);
  boost::system::error_code ignored;
  socket.close(websocket::close_code::going_away, ignored);
}

int run(const std::string& host, std::uint16_t port, const std::string& target) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto farewell = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));

  const mtcp::Deadline connected = connect_time;
  WebSocket socket(mtcp::or_raise(mtcp::TcpStream::connect(manager, host, port, connected)));
  beast::get_lowest_layer(socket).expires_at(connected.when());
  socket.handshake(host, target);
  try {
    converse(socket);
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
    std::cerr << "cancelled\n";
  }
  say_farewell(socket, farewell);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: beast_websocket_client HOST PORT [TARGET]\n";
    return 2;
  }
  const auto port = static_cast<std::uint16_t>(std::stoul(argv[2]));
  return run(argv[1], port, argc == 4 ? argv[3] : "/");
} catch (const std::exception& error) {
  std::cerr << "beast_websocket_client: " << error.what() << '\n';
  return 1;
}
