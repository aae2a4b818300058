#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "harness/asleep.hpp"
#include "harness/blocking_system.hpp"
#include "harness/expect.hpp"
#include "harness/fail.hpp"
#include "harness/line.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// Connections on which nothing comes, each read by a thread of its own until it is cancelled.
template <Cancels S>
class Parking {
 public:
  Parking(S& system, std::size_t count)
      : system_(system), count_(count), listener_(system.listen()), cancelled_(count) {
    parked_.reserve(count);  // threads refer to the elements
    threads_.reserve(count);
  }

  std::uint16_t port() { return listener_.port(); }

  void wait_parked() noexcept {
    run_or_fail([this] {
      for (std::size_t i = 0; i < count_; ++i) {
        auto& parked = parked_.emplace_back(system_.park(listener_.accept()));
        threads_.emplace_back(std::nullopt, [this, &parked] { read(parked); });
      }
      while (reading_ != count_) std::this_thread::yield();
      wait_until_all_asleep();
    });
  }

  Cost cancel() noexcept {
    const Clocks before = Clocks::now();
    run_or_fail([this] { system_.cancel(std::span(parked_)); });
    for (Thread& thread : threads_) thread.join();
    return cancelled_.passed() - before;
  }

 private:
  void read(typename S::Parked& parked) {
    std::array<std::byte, 64> buffer;
    ++reading_;
    expect(parked.read_is_cancelled(buffer), "park: the read ended, but was not cancelled");
    cancelled_.arrive_and_wait();
  }

  S& system_;
  std::size_t count_;
  typename S::Listener listener_;
  std::vector<typename S::Parked> parked_;
  std::atomic<std::size_t> reading_ = 0;
  Line cancelled_;
  std::vector<Thread> threads_;
};

}  // namespace bench
