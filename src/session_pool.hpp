#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "sys/event.hpp"

namespace mtcp::detail {

/// Threads that run sessions; each is used again when its session has ended.
class SessionPool {
 public:
  using Job = std::function<void()>;

  explicit SessionPool(sys::Event ended) noexcept : ended_(std::move(ended)) {}
  /// Waits for all sessions.
  ~SessionPool();

  /// Runs `job`, which does not throw, on a thread that is free or new; what it holds is gone
  /// before it counts as ended. When there can be no new thread, the error is the system's, and the
  /// job stays the caller's.
  std::error_code run(Job& job);

  /// How many jobs have not ended yet.
  std::size_t active() const;

  /// Is set whenever a job has ended.
  sys::Event& ended() noexcept { return ended_; }

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::vector<std::thread> threads_;
  std::size_t active_ = 0;  // waiting or running
  std::size_t idle_ = 0;    // threads that wait for a job or will, when they have started
  bool closing_ = false;
  sys::Event ended_;
};

}  // namespace mtcp::detail
