#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "harness/asleep.hpp"
#include "harness/expect.hpp"
#include "harness/fail.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"
#include "systems/asio_connection.hpp"

namespace bench {

/// Many connections, a coroutine each on a strand of its own, on as many threads as there are
/// processors: users of coroutines make no thread for a connection.
class Pool {
 public:
  explicit Pool(std::size_t count) : count_(count) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// Accepts all, and gives each to `serve(connection)`; returns when they are accepted.
  template <class Serve>
  void accept_all(Serve serve) {
    spawn(acceptor_.get_executor(), accept_each(serve));
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < processors; ++i)
      threads_.emplace_back(std::nullopt, [this] { io_.run(); });
    accepted_.get_future().wait();
  }

  /// When all connections are through.
  void join() noexcept {
    for (Thread& thread : threads_) thread.join();
  }

  std::deque<Connection>& connections() noexcept { return connections_; }

 private:
  template <class Serve>
  asio::awaitable<void> accept_each(Serve serve) {
    OperationTimer timer(acceptor_);
    for (std::size_t i = 0; i < count_; ++i) {
      tcp::socket socket = co_await accept(acceptor_, timer, asio::make_strand(io_));
      Connection& connection = connections_.emplace_back(std::move(socket));
      spawn(connection.executor(), serve(connection));
    }
    accepted_.set_value();
  }

  std::size_t count_;
  asio::io_context io_;
  tcp::acceptor acceptor_{asio::make_strand(io_), loopback(0)};
  std::deque<Connection> connections_;  // coroutines refer to the elements
  std::promise<void> accepted_;
  std::vector<Thread> threads_;
};

/// `park` and `cancel`.
class PoolParking {
 public:
  explicit PoolParking(std::size_t count) : count_(count), pool_(count), pending_(count) {}

  std::uint16_t port() const { return pool_.port(); }

  void wait_parked() noexcept {
    run_or_fail([this] {
      pool_.accept_all([this](Connection& connection) { return read(connection); });
      while (reading_ != count_) std::this_thread::yield();
      wait_until_all_asleep();
    });
  }

  Cost cancel() noexcept {
    const Clocks before = Clocks::now();
    for (Connection& connection : pool_.connections()) connection.cancel();
    pool_.join();
    return cancelled_ - before;
  }

 private:
  asio::awaitable<void> read(Connection& connection) {
    std::array<std::byte, 64> buffer;
    error_code error;
    ++reading_;
    co_await connection.read_some(buffer, std::chrono::hours(1), error);
    expect(error == asio::error::operation_aborted, "park: the read ended, but was not cancelled");
    if (--pending_ == 0) cancelled_ = Clocks::now();
  }

  std::size_t count_;
  Pool pool_;
  std::atomic<std::size_t> reading_ = 0;
  std::atomic<std::size_t> pending_;
  Clocks cancelled_;
};

/// `serve` and `stop`.
class PoolService {
 public:
  explicit PoolService(std::size_t count) : pool_(count) {}

  std::uint16_t port() const { return pool_.port(); }

  void wait_serving() noexcept {
    run_or_fail([this] { pool_.accept_all(&PoolService::serve); });
    serving_ = Clocks::now();
  }

  Cost stop() noexcept {
    pool_.join();
    return Clocks::now() - serving_;
  }

 private:
  static asio::awaitable<void> serve(Connection& connection) {
    std::array<std::byte, 64> message;
    while (const std::size_t size = co_await connection.read_some(message)) {
      if (size < message.size()) co_await connection.read(std::span(message).subspan(size));
      co_await connection.write(message);
    }
  }

  Pool pool_;
  Clocks serving_;
};

}  // namespace bench
