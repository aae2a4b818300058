#pragma once

#include <mtcp/native_handle.hpp>

#include "sys/socket.hpp"

namespace mtcp::sys {

/// Something that one thread waits for and others set. Its handle becomes readable then and stays
/// so until it is cleared, so that a Waiter can wait for it.
class Event {
 public:
  static Expected<Event> create() noexcept;

  Event(Event&& other) noexcept;
  Event& operator=(Event&& other) = delete;
  ~Event();

  void set() noexcept;
  void clear() noexcept;
  NativeHandle handle() const noexcept { return handle_; }

 private:
  explicit Event(NativeHandle handle) noexcept : handle_(handle) {}

  NativeHandle handle_;
};

}  // namespace mtcp::sys
