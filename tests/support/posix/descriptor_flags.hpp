#pragma once

#include <fcntl.h>

#include <mtcp/native_handle.hpp>

namespace mtcp::test {

inline bool is_close_on_exec(NativeHandle handle) {
  return (::fcntl(static_cast<int>(handle), F_GETFD) & FD_CLOEXEC) != 0;
}

inline bool is_blocking(NativeHandle handle) {
  return (::fcntl(static_cast<int>(handle), F_GETFL) & O_NONBLOCK) == 0;
}

}  // namespace mtcp::test
