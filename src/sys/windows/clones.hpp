#pragma once

#include <system_error>

#include <mtcp/native_handle.hpp>

/// Which handles are of the same socket: Windows does not say, so it is kept here for those that
/// mtcp makes. Any thread.
namespace mtcp::sys::clones {

/// `copy` is another handle of the socket of `original`.
std::error_code add(NativeHandle original, NativeHandle copy) noexcept;

/// `handle` is about to be closed.
void forget(NativeHandle handle) noexcept;

bool are_same(NativeHandle one, NativeHandle other) noexcept;

}  // namespace mtcp::sys::clones
