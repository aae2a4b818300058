#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "harness/blocking_system.hpp"
#include "systems/asio.hpp"

namespace bench {

/// Bounds the operations of a socket or an acceptor, one after another, by a timer that cancels.
template <class Socket>
class OperationTimer {
 public:
  explicit OperationTimer(Socket& socket) : state_(std::make_shared<State>(socket)) {}

  void start(std::chrono::nanoseconds timeout) {
    state_->timer.expires_after(timeout);
    state_->timer.async_wait([weak = std::weak_ptr(state_)](const error_code& error) {
      const auto state = error ? nullptr : weak.lock();
      // When the timer was started again before this ran, the next operation must not suffer.
      if (state && state->timer.expiry() <= std::chrono::steady_clock::now())
        state->socket.cancel();
    });
  }

  void stop() { state_->timer.cancel(); }

 private:
  struct State {
    explicit State(Socket& bounded) : socket(bounded), timer(bounded.get_executor()) {}

    Socket& socket;
    asio::steady_timer timer;
  };

  // Shared with the timer's handler, which may run when this is gone.
  std::shared_ptr<State> state_;
};

/// A socket whose every operation is a coroutine with a timeout.
class Connection {
 public:
  explicit Connection(tcp::socket socket) : socket_(std::move(socket)) {
    if (socket_.is_open()) socket_.set_option(tcp::no_delay(true));
  }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> connect(tcp::endpoint endpoint) {
    timer_.start(operation_timeout);
    co_await socket_.async_connect(endpoint, asio::use_awaitable);
    timer_.stop();
    socket_.set_option(tcp::no_delay(true));
  }

  asio::awaitable<void> read(std::span<std::byte> buffer) {
    timer_.start(operation_timeout);
    co_await asio::async_read(socket_, as_buffer(buffer), asio::use_awaitable);
    timer_.stop();
  }

  asio::awaitable<std::size_t> read_some(std::span<std::byte> buffer) {
    error_code error;
    const std::size_t size = co_await read_some(buffer, operation_timeout, error);
    co_return size_or_end(error, size);
  }

  /// The error is operation_aborted when the timeout has passed, or after cancel().
  asio::awaitable<std::size_t> read_some(std::span<std::byte> buffer,
                                         std::chrono::nanoseconds timeout, error_code& error) {
    timer_.start(timeout);
    const std::size_t size = co_await socket_.async_read_some(
        as_buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    timer_.stop();
    co_return size;
  }

  asio::awaitable<void> write(std::span<const std::byte> bytes) {
    timer_.start(operation_timeout);
    co_await asio::async_write(socket_, as_buffer(bytes), asio::use_awaitable);
    timer_.stop();
  }

  /// From any thread.
  void cancel() {
    asio::post(socket_.get_executor(), [this] { socket_.cancel(); });
  }

  tcp::socket::executor_type executor() { return socket_.get_executor(); }

 private:
  tcp::socket socket_;
  OperationTimer<tcp::socket> timer_{socket_};
};

/// The next connection, of which all handlers run on `executor`.
inline asio::awaitable<tcp::socket> accept(tcp::acceptor& acceptor,
                                           OperationTimer<tcp::acceptor>& timer,
                                           asio::any_io_executor executor) {
  timer.start(operation_timeout);
  tcp::socket socket = co_await acceptor.async_accept(executor, asio::use_awaitable);
  timer.stop();
  co_return socket;
}

/// Starts a coroutine of which an exception is one of the io_context's run().
inline void spawn(const asio::any_io_executor& executor, asio::awaitable<void> coroutine) {
  asio::co_spawn(executor, std::move(coroutine), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
}

}  // namespace bench
