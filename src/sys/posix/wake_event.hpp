#pragma once

#include <system_error>

namespace mtcp::sys {

/// Becomes readable when it is set, and stays so until it is cleared. Readable is all that poll(2)
/// needs to know. A copy stands for the same event.
struct WakeEvent {
  int readable = -1;  // the descriptor to wait for
  int writable = -1;  // the one to set it by: the same of an eventfd, another of a pipe

  bool is_open() const noexcept { return readable >= 0; }
};

namespace wake_event {

/// A new one, or one that is not open, with errno.
WakeEvent open() noexcept;
/// Async-signal-safe; keeps errno.
void set(WakeEvent event) noexcept;
void clear(WakeEvent event) noexcept;
void close(WakeEvent event) noexcept;

}  // namespace wake_event

}  // namespace mtcp::sys
