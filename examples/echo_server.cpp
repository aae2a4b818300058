// An echo server: a thread for each connection, and all of them end with Ctrl+C.
//
//   echo_server [ADDRESS]     default: 127.0.0.1:7777; port 0 takes a free one
//
// What it shows
//   - A session is straight code: read, write, until the end of the stream.
//   - idle() bounds silence: a session may last for ever, but no wait in it more than a minute.
//   - One cancel ends accept() and every session, and then all threads are joined.
//   - Threads that have finished are joined while the server runs, and there are never more than a
//     thousand: further clients wait in the kernel's queue.
//
// What to try
//   echo_client                         in another terminal, or in several; then Ctrl+C here
//   nc 127.0.0.1 7777 </dev/zero | sleep 100     a client that reads too little: thrown out after
//                                                a minute in which nothing could be sent
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <expected>
#include <iostream>
#include <list>
#include <span>
#include <string>
#include <syncstream>
#include <system_error>
#include <thread>
#include <utility>

#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;
constexpr auto pause = 100ms;  // when there can be no more sessions
constexpr std::size_t session_limit = 1000;

void say(const std::string& line) {
  std::osyncstream(std::cout) << line << std::endl;
}

/// Sends back what comes, until the client ends the stream or something fails.
mtcp::Result<void> echo(mtcp::TcpStream& stream) {
  std::array<std::byte, 16 << 10> buffer;
  for (;;) {
    const auto size = stream.read(buffer, patience);
    if (!size) return std::unexpected(size.error());
    if (*size == 0) return {};
    const auto read = std::span(buffer).first(*size);
    if (auto sent = stream.write_all(read, mtcp::idle(patience)); !sent) return sent;
  }
}

void run_session(const mtcp::TcpManager& manager, mtcp::TcpConnection connection) try {
  const auto peer = mtcp::or_raise(connection.peer_addr()).to_string();
  say(peer + " connected");
  auto stream = mtcp::or_raise(mtcp::TcpStream::from(manager, std::move(connection)));
  const auto done = echo(stream);
  say(peer + ": " + (done ? "end of stream" : done.error().message()));
} catch (const std::exception& error) {  // out of memory: this session ends, no other
  say(error.what());
}

/// The threads that serve. When it goes, it cancels them and joins them.
class Sessions {
 public:
  explicit Sessions(const mtcp::TcpManager& manager) : manager_(manager) {}
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;
  ~Sessions() { manager_.canceller().cancel(); }

  /// Throws std::system_error if the system has no thread left; then the connection is closed.
  void start(mtcp::TcpConnection connection) {
    std::list<Session> fresh(1);
    auto& session = fresh.front();
    session.thread =
        std::jthread([&session, manager = manager_, connection = std::move(connection)]() mutable {
          run_session(manager, std::move(connection));
          session.ended = true;
        });
    sessions_.splice(sessions_.end(), fresh);
  }

  /// Joins the threads that have ended.
  void reap() {
    sessions_.remove_if([](const Session& session) { return session.ended.load(); });
  }

  bool full() const { return sessions_.size() >= session_limit; }

 private:
  struct Session {
    std::atomic<bool> ended = false;
    std::jthread thread;  // after what it uses: it is joined first
  };

  mtcp::TcpManager manager_;
  std::list<Session> sessions_;
};

/// Until it is cancelled; comes by once a second to join the threads that have ended.
void accept_all(const mtcp::TcpManager& manager, mtcp::TcpListener& listener) {
  Sessions sessions(manager);
  while (!manager.cancelled()) {
    sessions.reap();
    if (sessions.full() && !manager.sleep(pause)) return;
    if (sessions.full()) continue;
    auto connection = listener.accept(1s);
    try {
      if (connection)
        sessions.start(std::move(*connection));
      else if (connection.error().kind() == mtcp::TcpError::Kind::Failed)
        connection.error().raise();
    } catch (const std::system_error& error) {  // out of descriptors, or of threads
      say(error.what());
      if (!manager.sleep(pause)) return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const auto address = mtcp::SocketAddr::parse(argc == 2 ? argv[1] : "127.0.0.1:7777");
  if (argc > 2 || !address) {
    std::cerr << "usage: echo_server [ADDRESS], as echo_server 127.0.0.1:7777\n";
    if (!address) std::cerr << address.error().message() << '\n';
    return 2;
  }
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, *address));
  say("listening on " + mtcp::or_raise(listener.local_addr()).to_string());
  accept_all(manager, listener);
  say("cancelled, and every thread has ended");
  return 0;
} catch (const std::exception& error) {
  std::cerr << "echo_server: " << error.what() << '\n';
  return 1;
}
