// Blocking sockets without a timeout: what the others are compared to. Only the parked reads can be
// cancelled, each through an eventfd of its own: the waking of every thread by hand.
#include <array>
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <span>
#include <string_view>
#include <sys/eventfd.h>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"
#include "systems/sockets.hpp"

namespace {

namespace sockets = bench::sockets;

class Stream {
 public:
  explicit Stream(sockets::Descriptor socket) noexcept : socket_(std::move(socket)) {}

  void read(std::span<std::byte> buffer) { sockets::read(socket_, buffer); }
  std::size_t read_some(std::span<std::byte> buffer) { return sockets::read_some(socket_, buffer); }
  void write(std::span<const std::byte> bytes) { sockets::write(socket_, bytes); }

  int descriptor() const noexcept { return socket_.get(); }

 private:
  sockets::Descriptor socket_;
};

class Listener {
 public:
  std::uint16_t port() const { return sockets::local_port(socket_); }
  Stream accept() { return Stream(sockets::accept(socket_)); }

 private:
  sockets::Descriptor socket_ = sockets::listen();
};

class Parked {
 public:
  explicit Parked(Stream stream)
      : stream_(std::move(stream)), wake_(sockets::check(::eventfd(0, EFD_CLOEXEC), "eventfd")) {}

  bool read_is_cancelled(std::span<std::byte> buffer) {
    std::array<pollfd, 2> waits = {{{stream_.descriptor(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
    constexpr int hour_in_milliseconds = 3'600'000;
    sockets::check(::poll(waits.data(), waits.size(), hour_in_milliseconds), "poll");
    if (waits[1].revents != 0) return true;
    if (waits[0].revents != 0) stream_.read_some(buffer);
    return false;
  }

  void cancel() {
    const std::uint64_t one = 1;
    sockets::check(::write(wake_.get(), &one, sizeof one), "write");
  }

 private:
  Stream stream_;
  sockets::Descriptor wake_;
};

struct Raw {
  using Stream = ::Stream;
  using Listener = ::Listener;
  using Parked = ::Parked;

  std::string_view name() const { return "raw"; }
  Listener listen() { return {}; }

  Stream connect(std::uint16_t port) {
    auto socket = sockets::make_socket();
    sockets::connect(socket, port);
    return Stream(std::move(socket));
  }

  Parked park(Stream stream) { return Parked(std::move(stream)); }

  void cancel(std::span<Parked> all) {
    for (Parked& each : all) each.cancel();
  }
};

}  // namespace

int main() {
  bench::BlockingWorkloads workloads{Raw{}};
  return bench::answer_commands(workloads);
}
