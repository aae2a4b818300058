#pragma once

#include <system_error>

/// How often the signal handler is on this thread's stack for a signal: more than once if a handler
/// below ours, to which we passed the signal, has ours below itself and passes it on.
namespace mtcp::sys::handler_depth {

/// Called before a handler can be called for `signal`; reserves what counting needs.
std::error_code reserve(int signal) noexcept;

/// Async-signal-safe. Counts the caller, and says how many there are now.
unsigned enter(int signal) noexcept;
void leave(int signal) noexcept;

}  // namespace mtcp::sys::handler_depth
