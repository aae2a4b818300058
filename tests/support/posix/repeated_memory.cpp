#include "support/posix/repeated_memory.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace mtcp::test {

namespace {

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

RepeatedMemory::RepeatedMemory(std::size_t size) {
  const int memory = ::memfd_create("mtcp_tests", MFD_CLOEXEC);
  check(memory >= 0, "memfd_create");
  check(::ftruncate(memory, period) == 0, "ftruncate");
  void* const place = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(place != MAP_FAILED, "mmap");
  bytes_ = {static_cast<std::byte*>(place), size};
  for (std::size_t at = 0; at < size; at += period) {
    const auto length = std::min(period, size - at);
    check(::mmap(bytes_.data() + at, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
                 0) != MAP_FAILED,
          "mmap again");
  }
  ::close(memory);
}

RepeatedMemory::~RepeatedMemory() {
  ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace mtcp::test
