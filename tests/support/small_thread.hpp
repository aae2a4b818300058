#pragma once

#include <functional>
#include <pthread.h>

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
  pthread_t thread_;
};

/// How many threads this process has.
unsigned thread_count();

}  // namespace mtcp::test
