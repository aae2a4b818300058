#include "support/small_thread.hpp"

#include <filesystem>
#include <iterator>
#include <mutex>
#include <pthread.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace mtcp::test {

namespace {

void* run_body(void* body) {
  (*static_cast<std::function<void()>*>(body))();
  return nullptr;
}

unsigned count_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<unsigned>(std::distance(begin(tasks), end(tasks)));
}

/// A sanitizer starts a thread of its own with the first one of the program.
void start_first_thread() {
  std::filesystem::path task;
  std::thread([&task] { task = "/proc/self/task/" + std::to_string(::gettid()); }).join();
  while (std::filesystem::exists(task)) std::this_thread::yield();  // joined, but not yet gone
}

}  // namespace

SmallThread::SmallThread(std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, 256 * 1024);
  const int error = ::pthread_create(&thread_, &attributes, run_body, &body_);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) throw std::system_error(error, std::system_category(), "pthread_create");
}

SmallThread::~SmallThread() {
  ::pthread_join(thread_, nullptr);
}

unsigned thread_count() {
  static std::once_flag started;
  std::call_once(started, start_first_thread);
  return count_threads();
}

}  // namespace mtcp::test
