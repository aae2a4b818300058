#include <array>
#include <cstdint>
#include <pthread.h>

#include "sys/posix/handler_depth.hpp"
#include "sys/signals.hpp"

namespace mtcp::sys::handler_depth {

namespace {

// macOS allocates a thread_local at its first use, which may be in a handler that has interrupted
// an allocation; the values of its keys are part of the thread.
struct Key {
  bool reserved = false;
  pthread_key_t key{};
};

Key& key_of(int signal) noexcept {
  static constinit std::array<Key, signal_limit> keys{};
  return keys[static_cast<std::size_t>(signal)];
}

std::uintptr_t add(int signal, std::uintptr_t difference) noexcept {
  const pthread_key_t key = key_of(signal).key;
  const auto depth = reinterpret_cast<std::uintptr_t>(::pthread_getspecific(key)) + difference;
  ::pthread_setspecific(key, reinterpret_cast<const void*>(depth));
  return depth;
}

}  // namespace

std::error_code reserve(int signal) noexcept {
  Key& key = key_of(signal);
  if (key.reserved) return {};
  const int error = ::pthread_key_create(&key.key, nullptr);
  key.reserved = error == 0;
  return {error, std::system_category()};
}

unsigned enter(int signal) noexcept {
  return static_cast<unsigned>(add(signal, 1));
}

void leave(int signal) noexcept {
  add(signal, ~std::uintptr_t{0});
}

}  // namespace mtcp::sys::handler_depth
