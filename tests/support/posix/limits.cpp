#include "support/limits.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

namespace mtcp::test {

namespace {

/// Returns the limit from before.
rlim_t change_limit(rlim_t limit) {
  rlimit both{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &both), 0);
  const auto before = std::exchange(both.rlim_cur, limit);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &both), 0);
  return before;
}

}  // namespace

DescriptorLimit::DescriptorLimit(unsigned limit) : before_(change_limit(limit)) {}

DescriptorLimit::~DescriptorLimit() {
  change_limit(before_);
}

unsigned DescriptorLimit::leaving(unsigned spare) {
  const int next = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);  // the lowest free one
  EXPECT_GE(next, 0);
  ::close(next);
  return static_cast<unsigned>(next) + spare;
}

}  // namespace mtcp::test
