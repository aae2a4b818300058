#pragma once

#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// Objects that are waited for like sockets have odd handles: the system gives out multiples of
/// four, and looks at no less (winnt.h says that the lowest two bits are the program's).
inline constexpr std::uintptr_t event_tag = 1;

inline bool is_event(NativeHandle handle) noexcept {
  return (static_cast<std::uintptr_t>(handle) & event_tag) != 0;
}

}  // namespace mtcp::sys
