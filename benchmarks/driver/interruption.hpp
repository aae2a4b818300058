#pragma once

#include <chrono>
#include <exception>

namespace bench {

/// Thrown by whatever waits when the user wants to stop (SIGINT, SIGTERM, SIGHUP).
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

/// From now on those signals end waits instead of the process, so that children are ended, too.
/// Called once, before any thread is made.
void catch_interruptions();

/// What fork() hands on to a child is undone: it dies of a signal as any program does.
void stop_catching_interruptions_in_child();

/// Readable once the user wants to stop.
int interruption_fd();

/// Throws Interrupted if the user wants to stop.
void check_interruption();

/// As a sleep, but throws Interrupted as soon as the user wants to stop.
void sleep_for(std::chrono::nanoseconds time);

}  // namespace bench
