#include "sys/posix/handler_depth.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace mtcp::sys::handler_depth {

namespace {

/// Who handles which signal. All but `thread` is the business of that thread alone, and of handlers
/// that interrupt it.
struct Entry {
  std::atomic<std::uintptr_t> thread{0};  // 0: free
  std::atomic<int> signal{0};             // 0: not said yet
  std::atomic<unsigned> depth{0};
};

constinit std::array<Entry, 256> entries{};

/// Each thread has an errno of its own, which handlers may use.
std::uintptr_t this_thread() noexcept {
  return reinterpret_cast<std::uintptr_t>(&errno);
}

Entry* find(std::uintptr_t thread, int signal) noexcept {
  for (Entry& entry : entries)
    if (entry.thread.load() == thread && entry.signal.load() == signal) return &entry;
  return nullptr;
}

Entry* claim(std::uintptr_t thread) noexcept {
  for (Entry& entry : entries) {
    std::uintptr_t nobody = 0;
    if (entry.thread.load() == 0 && entry.thread.compare_exchange_strong(nobody, thread))
      return &entry;
  }
  return nullptr;
}

void release(Entry& entry) noexcept {
  entry.signal.store(0);
  entry.thread.store(0);
}

}  // namespace

unsigned enter(int signal) noexcept {
  const std::uintptr_t thread = this_thread();
  if (Entry* known = find(thread, signal)) return known->depth.fetch_add(1) + 1;
  if (Entry* claimed = claim(thread)) {
    claimed->depth.store(1);
    claimed->signal.store(signal);
  }
  return 1;
}

void leave(int signal) noexcept {
  Entry* const known = find(this_thread(), signal);
  if (!known) return;
  // A handler that interrupts this one from here on takes another entry.
  if (known->depth.load() == 1)
    release(*known);
  else
    known->depth.fetch_sub(1);
}

void forget_other_threads() noexcept {
  for (Entry& entry : entries)
    if (entry.thread.load() != this_thread()) release(entry);
}

}  // namespace mtcp::sys::handler_depth
