#pragma once

#include <functional>
#include <span>

namespace mtcp::test {

/// Runs `body` in a child process in which the system calls of these numbers fail with `error`, as
/// in a sandbox, or on a kernel that is older than they. Skips where there are no filters.
void run_without(std::span<const unsigned> numbers, unsigned error,
                 const std::function<void()>& body);

}  // namespace mtcp::test
