#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "harness/blocking_system.hpp"
#include "harness/expect.hpp"
#include "harness/line.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// The two ends of a ping-pong, a thread each.
template <BlockingSystem S>
class PingPongEnds {
 public:
  using Stream = typename S::Stream;

  explicit PingPongEnds(const PingPong& command) : command_(command), race_(2 * command.pairs) {}

  Cost run(S& system) {
    auto listener = system.listen();
    std::vector<std::pair<Stream, Stream>> pairs;
    for (std::size_t i = 0; i < command_.pairs; ++i) {
      auto client = system.connect(listener.port());
      pairs.emplace_back(std::move(client), listener.accept());
    }
    std::vector<Thread> threads;
    for (auto& pair : pairs) {
      threads.emplace_back(command_.pin.clients, [this, &pair] { ask(pair.first); });
      threads.emplace_back(command_.pin.servers, [this, &pair] { reply(pair.second); });
    }
    for (Thread& thread : threads) thread.join();
    return race_.cost();
  }

 private:
  void ask(Stream& stream) {
    const std::vector<std::byte> question(command_.size, std::byte{'x'});
    std::vector<std::byte> reply(command_.size);
    const auto rounds = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        stream.write(question);
        stream.read(reply);
      }
    };
    rounds(warm_up());
    race_.start.arrive_and_wait();
    rounds(command_.count);
    race_.finish.arrive_and_wait();
    expect(reply == question, "ping-pong: other bytes came back");
  }

  void reply(Stream& stream) {
    std::vector<std::byte> bytes(command_.size);
    const auto rounds = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        stream.read(bytes);
        stream.write(bytes);
      }
    };
    rounds(warm_up());
    race_.start.arrive_and_wait();
    rounds(command_.count);
    race_.finish.arrive_and_wait();
  }

  std::size_t warm_up() const noexcept { return command_.count / 10; }

  PingPong command_;
  Race race_;
};

}  // namespace bench
