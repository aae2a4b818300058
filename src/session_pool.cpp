#include "session_pool.hpp"

#include <new>
#include <utility>

namespace mtcp::detail {

SessionPool::~SessionPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::error_code SessionPool::run(Job& job) try {
  const std::lock_guard lock(mutex_);
  waiting_.emplace_back();  // for the job, once it is sure that somebody runs it
  if (waiting_.size() > idle_) {
    try {
      threads_.reserve(threads_.size() + 1);  // a thread that is not kept could not be joined
      threads_.emplace_back([this] { work(); });
      ++idle_;  // from now on, so that a slow start never makes one more thread than jobs
    } catch (...) {
      waiting_.pop_back();
      throw;
    }
  }
  waiting_.back().swap(job);
  ++active_;
  changed_.notify_one();
  return {};
} catch (const std::system_error& error) {
  return error.code();
} catch (const std::bad_alloc&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::size_t SessionPool::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

void SessionPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // whatever it held is gone before it counts as ended
    lock.lock();
    ++idle_;
    --active_;
    ended_.set();
  }
}

}  // namespace mtcp::detail
