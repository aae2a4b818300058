#include <fcntl.h>
#include <unistd.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int open_pipe(int* ends) noexcept {
  return ::pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}

}  // namespace mtcp::sys::optional
