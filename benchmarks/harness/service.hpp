#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/blocking_system.hpp"
#include "harness/fail.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// Connections on each of which a thread of its own writes back what it reads.
template <BlockingSystem S>
class Service {
 public:
  Service(S& system, std::size_t count) : count_(count), listener_(system.listen()) {
    threads_.reserve(count);
  }

  std::uint16_t port() { return listener_.port(); }

  void wait_serving() noexcept {
    run_or_fail([this] {
      for (std::size_t i = 0; i < count_; ++i) {
        threads_.emplace_back(std::nullopt,
                              [stream = listener_.accept()]() mutable { serve(stream); });
      }
    });
    serving_ = Clocks::now();
  }

  Cost stop() noexcept {
    for (Thread& thread : threads_) thread.join();
    return Clocks::now() - serving_;
  }

 private:
  static void serve(typename S::Stream& stream) {
    std::array<std::byte, 64> message;
    while (const std::size_t size = stream.read_some(message)) {
      if (size < message.size()) stream.read(std::span(message).subspan(size));
      stream.write(message);
    }
  }

  std::size_t count_;
  typename S::Listener listener_;
  Clocks serving_;
  std::vector<Thread> threads_;
};

}  // namespace bench
