#include "support/limits.hpp"

#include <limits>

namespace mtcp::test {

// There is no limit to lower: Windows has as many handles as memory.

DescriptorLimit::DescriptorLimit(unsigned limit) : before_(limit) {}

DescriptorLimit::~DescriptorLimit() = default;

unsigned DescriptorLimit::leaving(unsigned) {
  return std::numeric_limits<unsigned>::max();
}

}  // namespace mtcp::test
