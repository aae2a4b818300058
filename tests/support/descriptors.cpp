#include "support/descriptors.hpp"

#include <gtest/gtest.h>

namespace mtcp::test {

DescriptorGuard::DescriptorGuard() : before_(open_descriptors()) {}

DescriptorGuard::~DescriptorGuard() {
  EXPECT_EQ(open_descriptors(), before_);
}

}  // namespace mtcp::test
