#pragma once

/// How often the signal handler is on this thread's stack for a signal: more than once if a handler
/// below ours, to which we passed the signal, has ours below itself and passes it on.
///
/// Kept in a table of all threads. What a language or a library offers for each thread's own may be
/// allocated at its first use, which would be in a handler that has interrupted an allocation:
/// thread_local on macOS and OpenBSD, and in libraries that are loaded late; the values of keys
/// with glibc and the BSDs.
namespace mtcp::sys::handler_depth {

/// Async-signal-safe. Counts the caller, and says how many there are now; 1 also where more threads
/// handle signals at this moment than the table has room for.
unsigned enter(int signal) noexcept;
void leave(int signal) noexcept;

/// In a forked child, which has only the calling thread.
void forget_other_threads() noexcept;

}  // namespace mtcp::sys::handler_depth
