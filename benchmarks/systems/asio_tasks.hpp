#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "harness/expect.hpp"
#include "systems/asio_connection.hpp"

/// What each end of a workload does, as coroutines.
namespace bench {

inline asio::awaitable<void> ask(Connection& connection, std::size_t size, std::size_t count) {
  const std::vector<std::byte> question(size, std::byte{'x'});
  std::vector<std::byte> answer(size);
  for (std::size_t i = 0; i < count; ++i) {
    co_await connection.write(question);
    co_await connection.read(answer);
  }
  expect(count == 0 || answer == question, "ping-pong: other bytes came back");
}

inline asio::awaitable<void> reply(Connection& connection, std::size_t size, std::size_t count) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < count; ++i) {
    co_await connection.read(bytes);
    co_await connection.write(bytes);
  }
}

inline asio::awaitable<void> write_all(Connection& connection, std::size_t size,
                                       std::size_t bytes) {
  const std::vector<std::byte> piece(size, std::byte{'x'});
  for (std::size_t left = bytes; left != 0;) {
    const auto next = std::span(piece).first(std::min(left, piece.size()));
    co_await connection.write(next);
    left -= next.size();
  }
}

inline asio::awaitable<void> read_all(Connection& connection, std::size_t size, std::size_t bytes) {
  std::vector<std::byte> buffer(size);
  for (std::size_t left = bytes; left != 0;) {
    const std::size_t read = co_await connection.read_some(buffer);
    expect(read != 0, "bulk: the stream ended early");
    expect(read <= left, "bulk: more bytes than were written");
    left -= read;
  }
}

inline asio::awaitable<void> connect_all(asio::io_context& io, tcp::endpoint endpoint,
                                         std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Connection connection{tcp::socket(io)};
    co_await connection.connect(endpoint);
    std::array<std::byte, 1> byte{};
    co_await connection.read(byte);
    expect(byte[0] == std::byte{'x'}, "connect: another byte was read");
  }
}

inline asio::awaitable<void> accept_all(tcp::acceptor& acceptor, std::size_t count) {
  const std::array greeting = {std::byte{'x'}};
  OperationTimer timer(acceptor);
  for (std::size_t i = 0; i < count; ++i) {
    Connection connection(co_await accept(acceptor, timer, acceptor.get_executor()));
    co_await connection.write(greeting);
  }
}

inline asio::awaitable<void> overshoot(Connection& connection, std::chrono::nanoseconds timeout,
                                       std::vector<std::chrono::nanoseconds>& late) {
  using Clock = std::chrono::steady_clock;
  for (std::chrono::nanoseconds& each : late) {
    std::array<std::byte, 64> buffer;
    error_code error;
    const auto begin = Clock::now();
    co_await connection.read_some(buffer, timeout, error);
    each = Clock::now() - begin - timeout;
    expect(error == asio::error::operation_aborted,
           "overshoot: the read ended, but did not time out");
  }
}

}  // namespace bench
