#pragma once

#include <system_error>

namespace mtcp::sys {

/// A descriptor that becomes readable when it is set, and stays so until it is cleared. Readable
/// is all that poll(2) needs to know.
namespace wake_event {

/// A new one's descriptor, or -1 with errno.
int open() noexcept;
/// Async-signal-safe; keeps errno.
void set(int descriptor) noexcept;
void clear(int descriptor) noexcept;
void close(int descriptor) noexcept;

}  // namespace wake_event

}  // namespace mtcp::sys
