#include <sys/eventfd.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int open_eventfd() noexcept {
  return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

}  // namespace mtcp::sys::optional
