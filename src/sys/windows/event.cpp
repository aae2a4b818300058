#include "sys/event.hpp"

#include <utility>

#include "sys/windows/error.hpp"
#include "sys/windows/event.hpp"

namespace mtcp::sys {

Expected<Event> Event::create() noexcept {
  const HANDLE made = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (!made) return failed();
  return Event(NativeHandle(reinterpret_cast<std::uintptr_t>(made) | event_tag));
}

Event::Event(Event&& other) noexcept : handle_(std::exchange(other.handle_, NativeHandle())) {}

Event::~Event() {
  if (handle_.valid()) ::CloseHandle(object_of(handle_));
}

void Event::set() noexcept {
  ::SetEvent(object_of(handle_));
}

void Event::clear() noexcept {
  ::ResetEvent(object_of(handle_));
}

}  // namespace mtcp::sys
