#pragma once

#include <condition_variable>
#include <mutex>

namespace mtcp::test {

/// Opens once, for all threads that wait for it. Where the system has no futex, a std::latch of
/// g++ 12 may miss being told.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

}  // namespace mtcp::test
