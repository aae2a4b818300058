#pragma once

#include <pthread.h>
#include <sys/resource.h>

namespace mtcp::test {

/// While it lives, new threads would need more memory than there is.
class NoMoreThreads {
 public:
  NoMoreThreads();
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;
  ~NoMoreThreads();

 private:
  pthread_attr_t before_;
  rlimit memory_before_;
};

}  // namespace mtcp::test
