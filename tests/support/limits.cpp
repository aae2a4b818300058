#include "support/limits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mtcp::test {

DescriptorLimit::DescriptorLimit(rlim_t limit) {
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
  const rlimit lowered{limit, before_.rlim_max};
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
}

DescriptorLimit::~DescriptorLimit() {
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0);
}

rlim_t DescriptorLimit::leaving(unsigned spare) {
  const int next = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);  // the lowest free one
  EXPECT_GE(next, 0);
  ::close(next);
  return static_cast<rlim_t>(next) + spare;
}

}  // namespace mtcp::test
