#pragma once

#include <set>

namespace mtcp::test {

/// The open descriptors of this process.
std::set<int> open_descriptors();

/// Fails the test when, at its end, other descriptors are open than at its beginning.
class DescriptorGuard {
 public:
  DescriptorGuard();
  DescriptorGuard(const DescriptorGuard&) = delete;
  DescriptorGuard& operator=(const DescriptorGuard&) = delete;
  ~DescriptorGuard();

 private:
  std::set<int> before_;
};

}  // namespace mtcp::test
