#pragma once

#include <functional>
#include <thread>

namespace mtcp::test {

/// A thread with a small stack, so that there can be a thousand. Destruction joins it.
class SmallThread {
 public:
  explicit SmallThread(std::function<void()> body);
  SmallThread(const SmallThread&) = delete;
  SmallThread& operator=(const SmallThread&) = delete;
  ~SmallThread();

 private:
  std::function<void()> body_;
  std::thread::native_handle_type thread_;
};

/// How many threads this process has.
unsigned thread_count();

/// Returns when this process has at most `count` threads: one that was joined may still be listed
/// for a moment. Fails the test after a minute.
void wait_until_threads(unsigned count);

}  // namespace mtcp::test
