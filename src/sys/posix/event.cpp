#include "sys/event.hpp"

#include <utility>

#include "sys/posix/error.hpp"
#include "sys/posix/wake_event.hpp"

namespace mtcp::sys {

namespace {

WakeEvent native(NativeHandle handle, NativeHandle setter) noexcept {
  return {int(handle), int(setter)};
}

}  // namespace

Expected<Event> Event::create() noexcept {
  const WakeEvent opened = wake_event::open();
  if (!opened.is_open()) return failed();
  return Event(opened.readable, opened.writable);
}

Event::Event(Event&& other) noexcept
    : handle_(std::exchange(other.handle_, NativeHandle())), setter_(other.setter_) {}

Event::~Event() {
  if (handle_.valid()) wake_event::close(native(handle_, setter_));
}

void Event::set() noexcept {
  wake_event::set(native(handle_, setter_));
}

void Event::clear() noexcept {
  wake_event::clear(native(handle_, setter_));
}

}  // namespace mtcp::sys
