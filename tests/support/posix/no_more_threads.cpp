#include "support/posix/no_more_threads.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <limits>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mtcp::test {

namespace {

/// Of threads to come; returns what they have.
std::size_t change_stack_size(std::size_t size) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  EXPECT_EQ(::pthread_attr_setstacksize(&attributes, size), 0);
  EXPECT_EQ(::pthread_setattr_default_np(&attributes), 0);
  ::pthread_attr_destroy(&attributes);
  ::pthread_getattr_default_np(&attributes);
  ::pthread_attr_getstacksize(&attributes, &size);
  ::pthread_attr_destroy(&attributes);
  return size;
}

rlim_t memory_in_use() {
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  EXPECT_GT(pages, 0U);
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

/// Returns the limit from before.
rlimit leave_memory(rlim_t size) {
  rlimit before{};
  EXPECT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  const rlimit limit{std::min(memory_in_use() + size, before.rlim_max), before.rlim_max};
  EXPECT_EQ(::setrlimit(RLIMIT_AS, &limit), 0);
  return before;
}

}  // namespace

NoMoreThreads::NoMoreThreads() {
  ::pthread_getattr_default_np(&before_);
  // Some C libraries know a largest size for this (musl); with 32 bits it may fit.
  const auto size = change_stack_size(std::numeric_limits<std::size_t>::max() / 4 + 1);
  memory_before_ = leave_memory(size / 2);
}

NoMoreThreads::~NoMoreThreads() {
  EXPECT_EQ(::setrlimit(RLIMIT_AS, &memory_before_), 0);
  EXPECT_EQ(::pthread_setattr_default_np(&before_), 0);
  ::pthread_attr_destroy(&before_);
}

}  // namespace mtcp::test
