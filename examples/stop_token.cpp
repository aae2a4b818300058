// A std::jthread that is blocked in accept(), and ends when it is destroyed.
//
//   stop_token
//
// What it shows
//   - CancelOnStop turns the stop request, which the destructor of std::jthread makes, into a
//     cancel. Without it the destructor would wait for an accept() that nobody ends.
//   - A child manager of the thread's own: the stop ends the operations of this thread, and no
//     others. Ctrl+C still ends all of them, for it cancels the parent.
//
// What to try
//   Run it. Then make CancelOnStop a comment, and run it again: only Ctrl+C ends it.
#include <array>
#include <chrono>
#include <exception>
#include <iostream>
#include <string_view>
#include <thread>
#include <utility>

#include <mtcp/cancel_on_stop.hpp>
#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr auto greeting = "hello\n"sv;

/// Greets every client, until a stop is requested.
void greet(std::stop_token stop, const mtcp::TcpManager& manager, mtcp::TcpListener listener) {
  const mtcp::CancelOnStop on_stop(manager.canceller(), std::move(stop));
  for (;;) {
    auto connection = listener.accept();
    if (!connection) return void(std::cout << connection.error().message() << std::endl);
    auto stream = mtcp::TcpStream::from(manager, std::move(*connection));
    if (!stream || !stream->write_all(greeting, 1s)) continue;  // this client's loss
  }
}

/// Connects and waits for the greeting.
void visit(const mtcp::TcpManager& manager, const mtcp::SocketAddr& address) {
  auto stream = mtcp::or_raise(mtcp::TcpStream::connect(manager, address, 1s));
  std::array<char, greeting.size()> text;
  mtcp::or_raise(stream.read_exact(text, 1s));
  std::cout << "a client was told " << std::string_view(text.data(), text.size());
}

}  // namespace

int main() try {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  const auto child = mtcp::or_raise(manager.child());
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(child, mtcp::SocketAddr::loopback_v4()));
  const auto address = mtcp::or_raise(listener.local_addr());

  std::jthread greeter(greet, child, std::move(listener));
  for (int i = 0; i < 3; ++i) visit(manager, address);
  mtcp::or_raise(manager.sleep(500ms));  // by now it is blocked in accept() again

  const auto start = std::chrono::steady_clock::now();
  greeter = {};  // as at the end of a scope: requests a stop, and joins
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::cout << "the thread had ended " << took.count() << " ms after the stop request\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << "stop_token: " << error.what() << '\n';
  return 1;
}
