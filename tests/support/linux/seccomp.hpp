#pragma once

#include <functional>
#include <span>

namespace mtcp::test {

/// One way into a system call.
struct CallNumber {
  unsigned number;
  unsigned in_socketcall = 0;  // its number there, where C libraries may call it by socketcall
};

/// Runs `body` in a child process in which these system calls fail with `error`, as in a sandbox,
/// or on a kernel that is older than they. Skips where there are no filters.
void run_without(std::span<const CallNumber> calls, unsigned error,
                 const std::function<void()>& body);

}  // namespace mtcp::test
