#include "sys/processor.hpp"

#include <bit>
#include <cstdint>

#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

unsigned processors() noexcept {
  DWORD_PTR allowed = 0;
  DWORD_PTR existing = 0;
  // No processors are told of where the process has threads in several groups of them, of which
  // each has 64.
  if (!::GetProcessAffinityMask(::GetCurrentProcess(), &allowed, &existing) || allowed == 0)
    return ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
  return static_cast<unsigned>(std::popcount(std::uint64_t{allowed}));
}

void relax() noexcept {
  for (int i = 0; i < 4; ++i) YieldProcessor();
}

}  // namespace mtcp::sys
