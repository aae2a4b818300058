#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include "operation.hpp"
#include "sys/fork.hpp"
#include "tls/wire.hpp"

namespace mtcp::detail {

/// The threads that send what operations have left on a wire: a TCP socket has the kernel for
/// that. There are some only while something is stuck, and at most `most_threads`; each gives every
/// wire a moment, and then the next. Never destroyed, so that nothing waits for them when the
/// process ends.
class Senders final : public sys::ForkAware {
 public:
  static Senders& instance();

  /// Sees to it that what is pending on `wire` is sent; under its mutex. Allocates nothing, and
  /// fails silently: the next operation that leaves something comes again.
  void take(const std::shared_ptr<Wire>& wire) noexcept;

  /// Changes in a child after fork(2), which must not speak for its parent.
  unsigned process() const noexcept { return process_.load(std::memory_order_relaxed); }

  void before_fork() noexcept override { mutex_.lock(); }
  void after_fork_in_parent() noexcept override { mutex_.unlock(); }
  void after_fork_in_child() noexcept override;

 private:
  void work() noexcept;
  void serve(ManagerState& manager, std::shared_ptr<Wire> wire) noexcept;
  bool send(ManagerState& manager, Wire& wire) noexcept;
  static void let_go(Wire& wire) noexcept;
  void append(std::shared_ptr<Wire> wire) noexcept;
  std::shared_ptr<Wire> next() noexcept;

  static constexpr unsigned most_threads = 16;

  std::mutex mutex_;
  std::shared_ptr<Wire> first_;
  Wire* last_ = nullptr;
  unsigned threads_ = 0;
  std::atomic<unsigned> process_{0};
  sys::ForkRegistration registration_{*this};
};

}  // namespace mtcp::detail
