#pragma once

#include <string>

/// Console events, as the system tells them to the library.
namespace mtcp::test {

/// What GenerateConsoleCtrlEvent() can not make: calls the handlers that the library has registered
/// as the system does, from the newest to the oldest until one returns that the event was meant for
/// it, in a thread of its own. Whether one did.
bool is_taken_by_a_handler(unsigned long event);

/// The same, where a handler is to keep the system from ending the process: the thread is still in
/// the handler, or this is false. Such a thread stays for as long as the process.
bool is_held_by_a_handler(unsigned long event);

/// Whether this process is one that run_again_in_a_console() started.
bool is_run_again();

/// Runs the current test in a process of its own that has a console of its own, and returns its
/// exit code; 99 if it did not end within a minute.
unsigned long run_again_in_a_console();

}  // namespace mtcp::test
