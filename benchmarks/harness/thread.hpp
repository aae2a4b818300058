#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <pthread.h>
#include <tuple>
#include <utility>

#include "harness/fail.hpp"

namespace bench {

/// A thread like std::jthread, but with a small stack, so that there can be 10,000, and on one
/// processor if told so. An exception that leaves the body is a failed command, and so is a thread
/// that cannot be made, since others may wait for it already.
class Thread {
 public:
  /// Runs `body`, on `processor` or wherever the process may.
  template <std::invocable Body>
  Thread(std::optional<int> processor, Body body) noexcept {
    auto owned = std::make_unique<Body>(std::move(body));
    run_or_fail([&] { start(processor, &run<Body>, owned.get()); });
    std::ignore = owned.release();
  }

  Thread(Thread&& other) noexcept : handle_(std::exchange(other.handle_, std::nullopt)) {}
  Thread& operator=(Thread&&) = delete;
  ~Thread() { join(); }

  /// Waits for its end; again does nothing.
  void join() noexcept;

 private:
  template <class Body>
  static void* run(void* argument) noexcept {
    const std::unique_ptr<Body> body(static_cast<Body*>(argument));
    run_or_fail(*body);
    return nullptr;
  }

  void start(std::optional<int> processor, void* (*entry)(void*), void* argument);

  std::optional<pthread_t> handle_;
};

}  // namespace bench
