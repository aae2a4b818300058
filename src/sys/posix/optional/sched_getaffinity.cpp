#include <sched.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int allowed_processors() noexcept {
  cpu_set_t allowed;
  return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : -1;
}

}  // namespace mtcp::sys::optional
