#include "load.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "failure.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t request_size = 64;
constexpr auto drain_limit = 5s;

/// Takes every n-th connection, so that each thread has as many as the others.
std::vector<int> share(std::span<const UniqueFd> connections, std::size_t first, std::size_t step) {
  std::vector<int> fds;
  for (std::size_t i = first; i < connections.size(); i += step) {
    fds.push_back(connections[i].get());
  }
  return fds;
}

}  // namespace

/// One thread and its share of the connections.
class Load::Loader {
 public:
  Loader(const std::vector<int>& fds, int processor, std::chrono::nanoseconds pause)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), step_(pause / std::max(fds.size(), 1UZ)) {
    for (const int fd : fds) connections_.push_back({.fd = fd});
    thread_ = std::jthread([this, processor](const std::stop_token& stop) {
      run_on(std::span(&processor, 1));
      run(stop);
    });
  }

  long answered() const { return answered_.load(std::memory_order_relaxed); }
  void request_stop() { thread_.request_stop(); }
  void finish() {
    request_stop();
    thread_.join();
    if (broken_) throw Failure("a connection broke under load");
    if (outstanding_ > 0) throw Failure("left requests without an answer");
  }

 private:
  struct Connection {
    int fd;
    std::size_t received = 0;
    bool waiting = false;
  };

  void run(const std::stop_token& stop) {
    for (Connection& connection : connections_) {
      epoll_event event = {.events = EPOLLIN, .data = {.ptr = &connection}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection.fd, &event);
      if (step_ == 0ns) send_request(connection);
    }
    if (step_ > 0ns) {
      ask_in_turn(stop);
    } else {
      while (!stop.stop_requested() && !broken_) handle_answers(Then::AskAgain);
    }
    const auto limit = Clock::now() + drain_limit;
    while (outstanding_ > 0 && !broken_ && Clock::now() < limit) handle_answers(Then::Stop);
  }

  /// Keeps its processor busy: it has to be on time, and the system has others.
  void ask_in_turn(const std::stop_token& stop) {
    auto next = Clock::now();
    for (std::size_t turn = 0; !stop.stop_requested() && !broken_;) {
      handle_answers(Then::Stop, 0);
      if (Clock::now() < next) continue;
      next += step_;
      Connection& connection = connections_[turn++ % connections_.size()];
      if (!connection.waiting) send_request(connection);
    }
  }

  enum class Then { AskAgain, Stop };

  void handle_answers(Then then, int wait_ms = 20) {
    std::array<epoll_event, 64> events;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), int(events.size()), wait_ms);
    for (int i = 0; i < ready; ++i) {
      Connection& connection = *static_cast<Connection*>(events[std::size_t(i)].data.ptr);
      if (has_answer(connection) && then == Then::AskAgain) send_request(connection);
    }
  }

  bool has_answer(Connection& connection) {
    std::array<std::byte, request_size> bytes;
    const auto size = ::recv(connection.fd, bytes.data(), request_size - connection.received, 0);
    if (size <= 0) {
      broken_ = true;
      return false;
    }
    connection.received += static_cast<std::size_t>(size);
    if (connection.received < request_size) return false;
    connection.received = 0;
    connection.waiting = false;
    --outstanding_;
    answered_.store(answered() + 1, std::memory_order_relaxed);  // the only writer
    return true;
  }

  void send_request(Connection& connection) {
    static constexpr std::array<std::byte, request_size> request = {};
    // A send buffer with nothing outstanding takes all 64 bytes at once.
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) != request_size) {
      broken_ = true;
    }
    connection.waiting = true;
    ++outstanding_;
  }

  UniqueFd epoll_;
  std::chrono::nanoseconds step_;  // from one connection's turn to the next; 0: all at once
  std::vector<Connection> connections_;
  std::atomic<long> answered_ = 0;
  long outstanding_ = 0;
  bool broken_ = false;
  std::jthread thread_;  // the last, so that all else is there as long as it runs
};

Load::Load(std::span<const UniqueFd> connections, const Processors& processors,
           std::chrono::microseconds pause) {
  for (std::size_t i = 0; i < processors.size(); ++i) {
    loaders_.push_back(
        std::make_unique<Loader>(share(connections, i, processors.size()), processors[i], pause));
  }
}

Load::~Load() {
  for (auto& loader : loaders_) loader->request_stop();
}

long Load::answered() const {
  long sum = 0;
  for (const auto& loader : loaders_) sum += loader->answered();
  return sum;
}

void Load::finish() {
  for (auto& loader : loaders_) loader->request_stop();
  for (auto& loader : loaders_) loader->finish();
}

}  // namespace bench
