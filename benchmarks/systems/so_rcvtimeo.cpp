// Blocking sockets with the kernel's own timeouts, SO_RCVTIMEO and SO_SNDTIMEO, set once a socket.
// Nothing can be cancelled.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <sys/time.h>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"
#include "systems/sockets.hpp"

namespace {

namespace sockets = bench::sockets;

void set_timeout(const sockets::Descriptor& socket, int option, std::chrono::microseconds timeout) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  const timeval value{.tv_sec = seconds.count(), .tv_usec = (timeout - seconds).count()};
  sockets::set_option(socket, SOL_SOCKET, option, value);
}

/// SO_RCVTIMEO bounds accept() too, and SO_SNDTIMEO connect().
sockets::Descriptor with_timeouts(sockets::Descriptor socket) {
  set_timeout(socket, SO_RCVTIMEO, bench::operation_timeout);
  set_timeout(socket, SO_SNDTIMEO, bench::operation_timeout);
  return socket;
}

class Stream {
 public:
  explicit Stream(sockets::Descriptor socket) noexcept : socket_(std::move(socket)) {}

  void read(std::span<std::byte> buffer) { sockets::read(socket_, buffer); }
  std::size_t read_some(std::span<std::byte> buffer) { return sockets::read_some(socket_, buffer); }
  void write(std::span<const std::byte> bytes) { sockets::write(socket_, bytes); }

  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    if (timeout != read_timeout_) {
      set_timeout(socket_, SO_RCVTIMEO, timeout);
      read_timeout_ = timeout;
    }
    return ::recv(socket_.get(), buffer.data(), buffer.size(), 0) < 0 && errno == EAGAIN;
  }

 private:
  sockets::Descriptor socket_;
  std::chrono::microseconds read_timeout_ = bench::operation_timeout;
};

class Listener {
 public:
  std::uint16_t port() const { return sockets::local_port(socket_); }
  Stream accept() { return Stream(with_timeouts(sockets::accept(socket_))); }

 private:
  sockets::Descriptor socket_ = with_timeouts(sockets::listen());
};

struct SoRcvtimeo {
  using Stream = ::Stream;
  using Listener = ::Listener;

  std::string_view name() const { return "so-rcvtimeo"; }
  Listener listen() { return {}; }

  Stream connect(std::uint16_t port) {
    auto socket = with_timeouts(sockets::make_socket());
    sockets::connect(socket, port);
    return Stream(std::move(socket));
  }
};

}  // namespace

int main() {
  bench::BlockingWorkloads workloads{SoRcvtimeo{}};
  return bench::answer_commands(workloads);
}
