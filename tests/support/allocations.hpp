#pragma once

#include <cstddef>

namespace mtcp::test {

/// How often the calling thread has asked operator new for memory. mtcp_tests replaces it.
std::size_t allocations() noexcept;

/// While it lives, every operator new of the calling thread fails with std::bad_alloc.
class NoMemory {
 public:
  NoMemory() noexcept;
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;
  ~NoMemory();
};

}  // namespace mtcp::test
