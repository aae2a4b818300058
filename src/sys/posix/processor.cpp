#include "sys/processor.hpp"

#include <unistd.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys {

unsigned processors() noexcept {
  const int allowed = optional::allowed_processors();
  if (allowed > 0) return static_cast<unsigned>(allowed);
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  return online > 1 ? static_cast<unsigned>(online) : 1;
}

void relax() noexcept {
  for (int i = 0; i < 4; ++i) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    asm volatile("yield");
#endif
  }
}

}  // namespace mtcp::sys
