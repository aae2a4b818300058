#pragma once

#include <memory>

namespace mtcp::sys {

/// The calling thread's own pointer, empty at first; what it points to is let go when the thread
/// ends. Null where there is no memory for it.
std::shared_ptr<void>* thread_object() noexcept;

}  // namespace mtcp::sys
