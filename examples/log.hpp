// Lines to stderr from many threads, for http_server.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

/// Takes lines from all threads and writes them to stderr in a thread of its own, so that no
/// request waits for a terminal or a disk. What a slow one does not take is dropped and counted.
class Log {
 public:
  Log() {
    lines_.reserve(capacity);
    writer_ = std::jthread([this](const std::stop_token& stop) { write_all(stop); });
  }

  void line(std::initializer_list<std::string_view> pieces) {
    std::size_t size = 1;
    for (const auto piece : pieces) size += piece.size();
    const std::lock_guard lock(mutex_);
    if (lines_.size() + size > capacity) return void(++dropped_);
    if (lines_.empty()) some_.notify_one();
    for (const auto piece : pieces) lines_ += piece;
    lines_ += '\n';
  }

 private:
  static constexpr std::size_t capacity = 1 << 20;
  static constexpr std::chrono::milliseconds batch_time{10};  // to write many lines at once

  void write_all(const std::stop_token& stop) {
    std::string batch;
    batch.reserve(capacity);
    std::unique_lock lock(mutex_);
    while (some_.wait(lock, stop, [this] { return !lines_.empty(); })) {
      some_.wait_for(lock, stop, batch_time, [] { return false; });
      batch.swap(lines_);
      const auto dropped = std::exchange(dropped_, 0);
      lock.unlock();
      std::fwrite(batch.data(), 1, batch.size(), stderr);
      if (dropped != 0) std::fprintf(stderr, "(%zu lines dropped)\n", dropped);
      batch.clear();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any some_;
  std::string lines_;
  std::size_t dropped_ = 0;
  std::jthread writer_;  // the last member: it ends before the others go
};
