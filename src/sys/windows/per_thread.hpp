#pragma once

#include "sys/windows/stay_loaded.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// A pointer that each thread has its own of, null at first. Not thread_local, whose objects g++'s
/// runtime on Windows destroys after it has freed their memory.
template <class T>
class PerThread {
 public:
  /// `at_end` is called when a thread ends whose pointer is not null.
  explicit PerThread(void(WINAPI* at_end)(void*)) noexcept
      : key_(stay_loaded() ? ::FlsAlloc(at_end) : FLS_OUT_OF_INDEXES) {}

  T* get() const noexcept {
    return key_ == FLS_OUT_OF_INDEXES ? nullptr : static_cast<T*>(::FlsGetValue(key_));
  }
  /// Whether there is room for it.
  bool set(T* value) noexcept {
    return key_ != FLS_OUT_OF_INDEXES && ::FlsSetValue(key_, value) != FALSE;
  }

 private:
  const DWORD key_;
};

}  // namespace mtcp::sys
