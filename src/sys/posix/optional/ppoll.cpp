#include <poll.h>

#include "sys/posix/optional/calls.hpp"

namespace mtcp::sys::optional {

int poll_for(pollfd* polled, nfds_t count, const timespec* limit) noexcept {
  return ::ppoll(polled, count, limit, nullptr);
}

}  // namespace mtcp::sys::optional
