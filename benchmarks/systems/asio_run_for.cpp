// Boost.Asio as its documentation shows it for blocking with a timeout: an asynchronous operation
// on an io_context of the stream's own, which is run for as long as the operation may take. Another
// thread cancels by posting to it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"
#include "systems/asio.hpp"

namespace {

namespace asio = bench::asio;
using asio::ip::tcp;
using bench::error_code;

/// A socket or an acceptor with its own io_context, of which an operation is pending at most.
template <class Socket>
class Runner {
 public:
  /// Starts an operation with a handler that keeps the result, and runs it. Its error is
  /// operation_aborted when the timeout has passed, or after cancel().
  template <class Start>
  error_code run(std::chrono::nanoseconds timeout, Start start) {
    error_code result;
    start(result);
    io_.restart();
    io_.run_for(timeout);
    timed_out_ = !io_.stopped();
    if (timed_out_) {
      socket_.cancel();
      io_.run();
    }
    return result;
  }

  /// For operations for which nothing but success will do.
  template <class Start>
  void run_or_throw(Start start) {
    const error_code error = run(bench::operation_timeout, start);
    bench::check(timed_out_ ? asio::error::timed_out : error);
  }

  /// From any thread.
  void cancel() {
    asio::post(io_, [this] { socket_.cancel(); });
  }

  Socket& socket() noexcept { return socket_; }
  bool timed_out() const noexcept { return timed_out_; }

 private:
  asio::io_context io_;
  Socket socket_{io_};
  bool timed_out_ = false;
};

class Stream {
 public:
  static Stream connect(std::uint16_t port) {
    Stream stream;
    stream.runner_->run_or_throw([&](error_code& result) {
      stream.socket().async_connect(bench::loopback(port),
                                    [&](const error_code& error) { result = error; });
    });
    stream.socket().set_option(tcp::no_delay(true));
    return stream;
  }

  static Stream accept(Runner<tcp::acceptor>& acceptor) {
    Stream stream;
    acceptor.run_or_throw([&](error_code& result) {
      acceptor.socket().async_accept(stream.socket(),
                                     [&](const error_code& error) { result = error; });
    });
    stream.socket().set_option(tcp::no_delay(true));
    return stream;
  }

  void read(std::span<std::byte> buffer) {
    runner_->run_or_throw([&](error_code& result) {
      asio::async_read(socket(), bench::as_buffer(buffer),
                       [&](const error_code& error, std::size_t) { result = error; });
    });
  }

  std::size_t read_some(std::span<std::byte> buffer) {
    std::size_t size = 0;
    const error_code error = read_some(buffer, bench::operation_timeout, size);
    return bench::size_or_end(runner_->timed_out() ? asio::error::timed_out : error, size);
  }

  void write(std::span<const std::byte> bytes) {
    runner_->run_or_throw([&](error_code& result) {
      asio::async_write(socket(), bench::as_buffer(bytes),
                        [&](const error_code& error, std::size_t) { result = error; });
    });
  }

  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    std::size_t size = 0;
    const error_code error = read_some(buffer, timeout, size);
    return error == asio::error::operation_aborted && runner_->timed_out();
  }

  bool read_is_cancelled(std::span<std::byte> buffer) {
    std::size_t size = 0;
    const error_code error = read_some(buffer, std::chrono::hours(1), size);
    return error == asio::error::operation_aborted && !runner_->timed_out();
  }

  void cancel() { runner_->cancel(); }

 private:
  Stream() = default;

  tcp::socket& socket() noexcept { return runner_->socket(); }

  error_code read_some(std::span<std::byte> buffer, std::chrono::nanoseconds timeout,
                       std::size_t& size) {
    return runner_->run(timeout, [&](error_code& result) {
      socket().async_read_some(bench::as_buffer(buffer),
                               [&](const error_code& error, std::size_t read) {
                                 result = error;
                                 size = read;
                               });
    });
  }

  // An io_context cannot be moved, a stream can.
  std::unique_ptr<Runner<tcp::socket>> runner_ = std::make_unique<Runner<tcp::socket>>();
};

class Listener {
 public:
  Listener() {
    tcp::acceptor& acceptor = runner_->socket();
    acceptor.open(tcp::v4());
    acceptor.bind(bench::loopback(0));
    acceptor.listen();
  }

  std::uint16_t port() const { return runner_->socket().local_endpoint().port(); }
  Stream accept() { return Stream::accept(*runner_); }

 private:
  std::unique_ptr<Runner<tcp::acceptor>> runner_ = std::make_unique<Runner<tcp::acceptor>>();
};

struct AsioRunFor {
  using Stream = ::Stream;
  using Listener = ::Listener;
  using Parked = ::Stream;

  std::string_view name() const { return "asio-run-for"; }
  Listener listen() { return {}; }
  Stream connect(std::uint16_t port) { return Stream::connect(port); }

  Parked park(Stream stream) { return stream; }
  void cancel(std::span<Parked> all) {
    for (Parked& each : all) each.cancel();
  }
};

}  // namespace

int main() {
  bench::BlockingWorkloads workloads{AsioRunFor{}};
  return bench::answer_commands(workloads);
}
