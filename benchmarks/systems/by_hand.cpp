// What somebody would write who needs a timeout and a cancel and has no library: try, then poll()
// the socket together with an eventfd that ends every wait, then try again. It does the same job as
// mtcp with the same calls, so it is the least that this way can cost. With --spin it tries again
// for a while before it sleeps, always: the least that spinning can cost.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string_view>
#include <sys/eventfd.h>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"
#include "systems/sockets.hpp"

namespace {

namespace sockets = bench::sockets;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

enum class Ready { Socket, Deadline, Cancelled };

/// What all sockets share.
class Waiter {
 public:
  explicit Waiter(Clock::duration spin) : spin_(spin) {}

  /// Until `attempt` has been made, which is not to block; -1 and EAGAIN say that it has not.
  template <class Attempt>
  ssize_t repeat(int socket, short events, Clock::duration timeout, Ready& why, Attempt attempt) {
    ssize_t result = attempt();
    if (result >= 0 || errno != EAGAIN) return result;
    const Clock::time_point begin = Clock::now();
    while (spin_ > 0ns && Clock::now() < begin + spin_) {
      result = attempt();
      if (result >= 0 || errno != EAGAIN) return result;
    }
    for (Clock::duration left = timeout;; left = begin + timeout - Clock::now()) {
      why = wait(socket, events, left);
      if (why != Ready::Socket) return -1;
      result = attempt();
      if (result >= 0 || errno != EAGAIN) return result;
    }
  }

  /// For a job that has to be done within the time that all operations have.
  template <class Attempt>
  std::size_t do_within_time(int socket, short events, const char* call, Attempt attempt) {
    Ready why = Ready::Socket;
    const auto result = repeat(socket, events, bench::operation_timeout, why, attempt);
    if (why == Ready::Deadline) throw std::runtime_error("timed out");
    if (why == Ready::Cancelled) throw std::runtime_error("cancelled");
    return static_cast<std::size_t>(sockets::check(result, call));
  }

  Ready wait(int socket, short events, Clock::duration timeout) {
    std::array<pollfd, 2> waits = {{{socket, events, 0}, {wake_.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timeout);
    const int count =
        ::poll(waits.data(), waits.size(), left > 0ms ? static_cast<int>(left.count()) : 0);
    if (sockets::check(count, "poll") == 0) return Ready::Deadline;
    return waits[1].revents != 0 ? Ready::Cancelled : Ready::Socket;
  }

  void cancel() {
    const std::uint64_t one = 1;
    sockets::check(::write(wake_.get(), &one, sizeof one), "write");
  }

  void restart() {
    std::uint64_t count = 0;
    static_cast<void>(!::read(wake_.get(), &count, sizeof count));  // it may be cancelled or not
  }

 private:
  Clock::duration spin_;
  sockets::Descriptor wake_{sockets::check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")};
};

class Stream {
 public:
  Stream(Waiter& waiter, sockets::Descriptor socket) noexcept
      : waiter_(&waiter), socket_(std::move(socket)) {}

  void read(std::span<std::byte> buffer) {
    while (!buffer.empty()) {
      const std::size_t size = read_some(buffer);
      if (size == 0) throw std::runtime_error("recv: the stream ended early");
      buffer = buffer.subspan(size);
    }
  }

  std::size_t read_some(std::span<std::byte> buffer) {
    return waiter_->do_within_time(socket_.get(), POLLIN, "recv", [&] { return receive(buffer); });
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      bytes = bytes.subspan(waiter_->do_within_time(socket_.get(), POLLOUT, "send", [&] {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      }));
    }
  }

  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    return read_ends_by(Ready::Deadline, buffer, timeout);
  }

  bool read_is_cancelled(std::span<std::byte> buffer) {
    return read_ends_by(Ready::Cancelled, buffer, 1h);
  }

 private:
  ssize_t receive(std::span<std::byte> buffer) noexcept {
    return ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  }

  bool read_ends_by(Ready expected, std::span<std::byte> buffer, Clock::duration timeout) {
    Ready why = Ready::Socket;
    waiter_->repeat(socket_.get(), POLLIN, timeout, why, [&] { return receive(buffer); });
    return why == expected;
  }

  Waiter* waiter_;
  sockets::Descriptor socket_;
};

class Listener {
 public:
  explicit Listener(Waiter& waiter) : waiter_(&waiter), socket_(sockets::listen()) {
    sockets::set_nonblocking(socket_, true);
  }

  std::uint16_t port() const { return sockets::local_port(socket_); }

  Stream accept() {
    const auto accepted = waiter_->do_within_time(socket_.get(), POLLIN, "accept", [this] {
      return static_cast<ssize_t>(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    });
    return {*waiter_, sockets::Descriptor(static_cast<int>(accepted))};
  }

 private:
  Waiter* waiter_;
  sockets::Descriptor socket_;
};

class ByHand {
 public:
  using Stream = ::Stream;
  using Listener = ::Listener;
  using Parked = ::Stream;

  ByHand(std::string_view name, Waiter& waiter) : name_(name), waiter_(&waiter) {}

  std::string_view name() const { return name_; }

  Listener listen() {
    waiter_->restart();  // a workload begins here: an earlier one's cancel is over
    return Listener(*waiter_);
  }

  Stream connect(std::uint16_t port) {
    auto socket = sockets::make_socket();
    sockets::set_nonblocking(socket, true);
    sockets::Address address(port);
    if (::connect(socket.get(), address.get(), *address.size()) < 0) {
      if (errno != EINPROGRESS) sockets::check(-1, "connect");
      if (waiter_->wait(socket.get(), POLLOUT, bench::operation_timeout) != Ready::Socket)
        throw std::runtime_error("connect: timed out or cancelled");
      sockets::throw_pending_error(socket);
    }
    sockets::set_nonblocking(socket, false);
    return {*waiter_, std::move(socket)};
  }

  Parked park(Stream stream) { return stream; }
  void cancel(std::span<Parked>) { waiter_->cancel(); }

 private:
  std::string_view name_;
  Waiter* waiter_;
};

}  // namespace

int main(int argc, char** argv) {
  const bool spins = argc > 1 && std::string_view(argv[1]) == "--spin";
  Waiter waiter(spins ? 200us : 0us);
  bench::BlockingWorkloads workloads(ByHand(spins ? "by-hand-spin" : "by-hand", waiter));
  return bench::answer_commands(workloads);
}
