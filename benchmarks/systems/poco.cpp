// POCO's StreamSocket, whose timeouts are the kernel's own, set once a socket. Nothing can be
// cancelled: shutdown() from another thread wakes a read, but it ends the connection.
#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"

namespace {

Poco::Timespan to_timespan(std::chrono::microseconds duration) {
  return Poco::Timespan(duration.count());
}

Poco::Net::SocketAddress loopback(std::uint16_t port) {
  return {"127.0.0.1", port};
}

int int_size(std::size_t size) {
  if (size > std::numeric_limits<int>::max()) throw std::length_error("POCO takes an int");
  return static_cast<int>(size);
}

class Stream {
 public:
  explicit Stream(const Poco::Net::StreamSocket& socket) : socket_(socket) {
    socket_.setNoDelay(true);
    socket_.setReceiveTimeout(to_timespan(bench::operation_timeout));
    socket_.setSendTimeout(to_timespan(bench::operation_timeout));
  }

  void read(std::span<std::byte> buffer) {
    while (!buffer.empty()) {
      const std::size_t size = read_some(buffer);
      if (size == 0) throw std::runtime_error("the stream ended early");
      buffer = buffer.subspan(size);
    }
  }

  std::size_t read_some(std::span<std::byte> buffer) {
    return static_cast<std::size_t>(socket_.receiveBytes(buffer.data(), int_size(buffer.size())));
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const int size = socket_.sendBytes(bytes.data(), int_size(bytes.size()));
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
  }

  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    if (timeout != read_timeout_) {
      socket_.setReceiveTimeout(to_timespan(timeout));
      read_timeout_ = timeout;
    }
    try {
      read_some(buffer);
      return false;
    } catch (const Poco::TimeoutException&) {
      return true;
    }
  }

 private:
  Poco::Net::StreamSocket socket_;
  std::chrono::microseconds read_timeout_ = bench::operation_timeout;
};

class Listener {
 public:
  std::uint16_t port() const { return socket_.address().port(); }

  /// acceptConnection() has no timeout; POCO's own TCPServer polls before it, too.
  Stream accept() {
    if (!socket_.poll(to_timespan(bench::operation_timeout), Poco::Net::Socket::SELECT_READ))
      throw std::runtime_error("nobody connected in time");
    return Stream(socket_.acceptConnection());
  }

 private:
  Poco::Net::ServerSocket socket_{loopback(0), SOMAXCONN};
};

struct PocoNet {
  using Stream = ::Stream;
  using Listener = ::Listener;

  std::string_view name() const { return "poco"; }
  Listener listen() { return {}; }

  Stream connect(std::uint16_t port) {
    Poco::Net::StreamSocket socket;
    socket.connect(loopback(port), to_timespan(bench::operation_timeout));
    return Stream(socket);
  }
};

}  // namespace

int main() {
  bench::BlockingWorkloads workloads{PocoNet{}};
  return bench::answer_commands(workloads);
}
