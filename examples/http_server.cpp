// An HTTP server: one thread accepts, several answer, and Ctrl+C ends all of them at once.
//
//   http_server [ADDRESS [WORKERS]]     default: 127.0.0.1:8080; port 0 takes a free one
//
// What it shows
//   - One manager for the whole program. Ctrl+C (or SIGTERM) cancels it, which ends accept() and
//     every session in every thread; then all threads are joined.
//   - One Deadline bounds a request as a whole, from accept() to the last byte of the answer,
//     through several reads and writes and however slowly the bytes trickle.
//   - read_all() leaves what came after a request in the buffer, so pipelined requests just work.
//   - A server that runs out of descriptors pauses, by a sleep that a cancel ends too.
//
// Each worker serves one connection at a time. So slow clients can keep workers busy, but none for
// longer than 15 s a request; and while others wait in the queue, a connection that has had 50 ms
// is closed after an answer. Workers mostly wait themselves: by default there are four a processor,
// and at least eight.
//
// What to try
//   curl -i http://127.0.0.1:8080/      200; any other path is 404, any other method 405
//   nc 127.0.0.1 8080                   type nothing: closed after 15 s; type a little: 408 then
//   wrk -c 32 http://127.0.0.1:8080/    and, while it runs, Ctrl+C in the server's terminal
//   (ulimit -n 20; ./http_server)       and wrk again: it stays up, and serves all the same
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <expected>
#include <functional>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "http.hpp"
#include "log.hpp"

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using Clock = std::chrono::steady_clock;
using http::Request;
using http::Status;

constexpr auto request_time = 15s;              // for one request, its answer included
constexpr std::size_t head_limit = 64 << 10;    // bytes of request line and header fields
constexpr std::size_t request_limit = 1 << 20;  // bytes of head and body
constexpr std::size_t queue_limit = 256;        // accepted connections that wait for a worker
constexpr auto turn = 50ms;                     // what a connection gets while others wait
constexpr auto accept_pause = 100ms;            // after an accept() that failed

/// A connection, and when its first request has to be answered.
struct Accepted {
  mtcp::TcpConnection connection;
  mtcp::Deadline deadline;
};

/// Connections on their way from the acceptor to a worker.
///
/// A cancel does not end the waits in here, which are none of mtcp's, and need not: it ends the
/// workers' sessions, so a push() that waits for room gets it. Then accept() says Cancelled, and
/// the acceptor closes the queue, which wakes all workers.
class Queue {
 public:
  /// Waits while it is full; meanwhile further clients wait in the kernel's queue.
  void push(Accepted accepted) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return waiting_.size() < queue_limit || closed_; });
    waiting_.push_back(std::move(accepted));
    some_.notify_one();
  }

  /// Waits while it is empty. Nothing once it is closed.
  std::optional<Accepted> pop() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return !waiting_.empty() || closed_; });
    if (closed_) return std::nullopt;
    std::optional<Accepted> accepted(std::move(waiting_.front()));
    waiting_.pop_front();
    room_.notify_one();
    return accepted;
  }

  bool empty() {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

  /// Ends all waits. Returns how many connections were left waiting.
  std::size_t close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
    some_.notify_all();
    return waiting_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable some_;
  std::deque<Accepted> waiting_;
  bool closed_ = false;
};

/// What the cancel found, for the last line.
class Ending {
 public:
  /// For every thread that sees Cancelled; the first one's time counts.
  void begin() {
    std::call_once(began_, [this] { start_ = Clock::now(); });
  }

  /// Adds connections that were open then.
  void add(std::size_t connections) { connections_ += connections; }

  /// When all threads have ended.
  void tell() const {
    const std::chrono::duration<double, std::milli> took = Clock::now() - start_;
    std::cout << "cancelled with " << connections_ << " connections open; every thread had ended "
              << std::fixed << std::setprecision(2) << took.count() << " ms later" << std::endl;
  }

 private:
  std::once_flag began_;
  Clock::time_point start_ = Clock::now();
  std::atomic<std::size_t> connections_ = 0;
};

/// What all threads share.
struct Server {
  mtcp::TcpManager manager;
  Ending& ending;
  Queue queue = {};
  Log log = {};
};

/// One connection: requests in, answers out.
class Session {
 public:
  Session(Server& server, mtcp::TcpStream stream, mtcp::Deadline deadline)
      : server_(server), stream_(std::move(stream)), deadline_(deadline) {
    if (const auto peer = stream_.peer_addr()) peer_ = peer->to_string();
  }

  /// Until one side has had enough (then nothing), or something failed.
  mtcp::Result<void> run() {
    for (;; deadline_ = request_time, first_ = false) {
      const auto request = read_request();
      if (!request) return std::unexpected(request.error());
      const bool keep = request->status == Status::Ok && request->keep_alive && !is_others_turn();
      if (auto sent = answer(*request, keep); !sent) return sent;
      if (!keep) return see_off();
    }
  }

  const std::string& peer() const { return peer_; }

 private:
  bool is_others_turn() { return Clock::now() - start_ > turn && !server_.queue.empty(); }

  /// A request, or what can be answered to one that went wrong. Takes it from the buffer.
  mtcp::Result<Request> read_request() {
    if (auto head = read_head(); !head) return went_wrong(head.error(), Status::HeadTooLarge);
    const auto head_size = http::head_size(buffer_);
    auto request = http::parse_request(std::string_view(buffer_).substr(0, head_size));
    if (request.status != Status::Ok) return request;
    const auto body_size = request.content_length.value_or(0);
    if (body_size > request_limit - head_size) return Request{.status = Status::ContentTooLarge};
    const auto size = head_size + body_size;
    if (auto body = read_body(request, size); !body)
      return went_wrong(body.error(), Status::ContentTooLarge);
    buffer_.erase(0, size);
    return request;
  }

  /// Reads on until the buffer has a head. Between two requests, a connection on which nothing
  /// comes has to give way to those in the queue, so this looks there after each turn.
  mtcp::Result<void> read_head() {
    http::HeadIsComplete is_complete;
    for (;;) {
      const bool idle = !first_ && buffer_.empty();
      const auto until = idle ? std::min(deadline_, mtcp::Deadline(turn)) : deadline_;
      const mtcp::ReadAll options{.timeout = until, .limit = head_limit};
      auto head = stream_.read_all(buffer_, options, is_complete);
      if (head || !head.error().timed_out() || deadline_.expired()) return head;
      if (buffer_.empty() && !server_.queue.empty()) return head;
    }
  }

  /// Reads on until the buffer has `size` bytes.
  mtcp::Result<void> read_body(const Request& request, std::size_t size) {
    if (buffer_.size() >= size) return {};
    if (request.expects_continue)
      if (auto sent = stream_.write_all("HTTP/1.1 100 Continue\r\n\r\n"sv, deadline_); !sent)
        return sent;
    const mtcp::ReadAll options{.timeout = deadline_, .chunk = 64 << 10, .limit = size};
    return stream_.read_all(buffer_, options,
                            [size](std::string_view seen) { return seen.size() >= size; });
  }

  /// Errors that deserve an answer are a request with that status; not so before its first byte.
  mtcp::Result<Request> went_wrong(const mtcp::TcpError& error, Status too_big) const {
    using Kind = mtcp::TcpError::Kind;
    const bool begun = !buffer_.empty();
    if (error.kind() == Kind::TooBig) return Request{.status = too_big};
    if (error.kind() == Kind::TimedOut && begun) return Request{.status = Status::RequestTimeout};
    if (error.kind() == Kind::Incomplete && begun) return Request{.status = Status::BadRequest};
    return std::unexpected(error);
  }

  static Status judge(const Request& request) {
    if (request.status != Status::Ok) return request.status;
    if (request.method != "GET" && request.method != "HEAD") return Status::MethodNotAllowed;
    return http::path_of(request.target) == "/" ? Status::Ok : Status::NotFound;
  }

  /// When the deadline has passed, as for a 408, this still sends what the kernel takes at once.
  mtcp::Result<void> answer(const Request& request, bool keep) {
    const auto status = judge(request);
    const auto text = http::to_text(status);
    std::string body(status == Status::Ok ? "Hello from mtcp" : text);
    body += '\n';
    std::string head = "HTTP/1.1 ";
    head.append(text).append("\r\nDate: ").append(http::date(std::chrono::system_clock::now()));
    head.append("\r\nContent-Type: text/plain\r\nContent-Length: ");
    head.append(std::to_string(body.size()));
    if (status == Status::MethodNotAllowed) head += "\r\nAllow: GET, HEAD";
    if (!keep)
      head += "\r\nConnection: close";
    else if (request.minor_version == 0)
      head += "\r\nConnection: keep-alive";
    head += "\r\n\r\n";
    if (request.method == "HEAD") body.clear();
    const auto target = std::string_view(request.target).substr(0, 200);
    server_.log.line({peer_, " ", request.method, " ", target, " ", text});
    return stream_.write_all({head, body}, deadline_);
  }

  /// Closing while bytes arrive that nobody reads would reset the connection, and the answer might
  /// be lost. So end our half, and give the peer a moment to read it and to end the other.
  mtcp::Result<void> see_off() {
    if (auto ended = stream_.shutdown(mtcp::Shutdown::Write); !ended) return ended;
    const auto until = std::min(deadline_, mtcp::Deadline(1s));
    std::array<std::byte, 4096> ignored;
    for (std::size_t seen = 0; seen < request_limit;) {
      const auto size = stream_.read(ignored, until);
      if (!size && size.error().cancelled()) return std::unexpected(size.error());
      if (!size || *size == 0) break;
      seen += *size;
    }
    return {};
  }

  Server& server_;
  mtcp::TcpStream stream_;
  mtcp::Deadline deadline_;
  Clock::time_point start_ = Clock::now();
  bool first_ = true;  // no request was answered yet
  std::string peer_ = "?";
  std::string buffer_;  // what was read and not answered yet
};

void serve(Server& server, Accepted accepted) {
  auto stream = mtcp::TcpStream::from(server.manager, std::move(accepted.connection));
  if (!stream) return server.log.line({stream.error().message()});
  Session session(server, std::move(*stream), accepted.deadline);
  const auto done = session.run();
  if (done || done.error().kind() == mtcp::TcpError::Kind::Incomplete) return;
  if (!done.error().cancelled())
    return server.log.line({session.peer(), " ", done.error().message()});
  server.ending.begin();
  server.ending.add(1);
}

void work(Server& server) {
  while (auto accepted = server.queue.pop()) {
    try {
      serve(server, std::move(*accepted));
    } catch (const std::exception& error) {  // out of memory: this connection ends, no other
      server.log.line({error.what()});
    }
  }
}

/// Until it is cancelled. An error is no reason to stop serving, and none to burn a processor:
/// out of descriptors, accept() fails at once until a connection ends.
void accept_all(Server& server, mtcp::TcpListener& listener) {
  for (bool failing = false;;) {
    auto connection = listener.accept();
    if (connection) {
      server.queue.push({std::move(*connection), request_time});
      failing = false;
      continue;
    }
    if (connection.error().cancelled()) break;
    if (!std::exchange(failing, true)) server.log.line({connection.error().message()});
    if (!server.manager.sleep(accept_pause)) break;
  }
  server.ending.begin();
}

/// Ends what the workers wait for, however main() goes on; declared after them, it goes first.
struct EndOfWork {
  Server& server;
  mtcp::TcpCanceller canceller = server.manager.canceller();

  ~EndOfWork() {
    canceller.cancel();
    server.ending.add(server.queue.close());
  }
};

void run(const mtcp::SocketAddr& address, std::size_t workers) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, address));
  std::cout << "listening on " << mtcp::or_raise(listener.local_addr()) << ", " << workers
            << " workers" << std::endl;
  Ending ending;
  {
    Server server{manager, ending};
    std::vector<std::jthread> threads;
    const EndOfWork end_of_work{server};
    for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work, std::ref(server));
    accept_all(server, listener);
  }
  ending.tell();
}

int usage(std::string_view complaint) {
  std::cerr << "http_server: " << complaint
            << "\nusage: http_server [ADDRESS [WORKERS]], as http_server 127.0.0.1:8080 16\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() > 2) return usage("too many arguments");
  const auto address = mtcp::SocketAddr::parse(arguments.empty() ? "127.0.0.1:8080" : arguments[0]);
  if (!address) return usage(address.error().message());
  auto workers = std::optional(std::max<std::size_t>(8, 4 * std::thread::hardware_concurrency()));
  if (arguments.size() > 1) workers = http::to_number(arguments[1]);
  if (!workers || *workers < 1 || *workers > 1000)
    return usage("WORKERS is a number from 1 to 1000");
  run(*address, *workers);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "http_server: " << error.what() << '\n';
  return 1;
}
