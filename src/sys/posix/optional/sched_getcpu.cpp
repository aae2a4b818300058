#include <sched.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int current_processor() noexcept {
  return ::sched_getcpu();
}

}  // namespace mtcp::sys::optional
