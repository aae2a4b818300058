#include "sys/event.hpp"

#include <utility>

#include "sys/posix/error.hpp"
#include "sys/posix/wake_event.hpp"

namespace mtcp::sys {

Expected<Event> Event::create() noexcept {
  const int opened = wake_event::open();
  if (opened < 0) return failed();
  return Event(opened);
}

Event::Event(Event&& other) noexcept : handle_(std::exchange(other.handle_, NativeHandle())) {}

Event::~Event() {
  if (handle_.valid()) wake_event::close(int(handle_));
}

void Event::set() noexcept {
  wake_event::set(int(handle_));
}

void Event::clear() noexcept {
  wake_event::clear(int(handle_));
}

}  // namespace mtcp::sys
