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
  explicit Event(NativeHandle handle, NativeHandle setter = {}) noexcept
      : handle_(handle), setter_(setter) {}

  NativeHandle handle_;
  NativeHandle setter_;  // where the system needs another one to set it by
};

}  // namespace mtcp::sys
