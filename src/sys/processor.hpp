#pragma once

/// The processors, as far as a thread that does not want to sleep yet must know them.
namespace mtcp::sys {

/// How many of them this process may run on; at least 1.
unsigned processors() noexcept;

/// Lets the calling thread's one rest for about a hundred nanoseconds, while something is tried
/// again and again.
void relax() noexcept;

}  // namespace mtcp::sys
