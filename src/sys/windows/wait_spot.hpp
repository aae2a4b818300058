#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>

#include "sys/socket.hpp"
#include "sys/waiter.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// The system's objects that a thread needs to wait: made for its first wait and handed on to
/// another thread when it has ended. All of them are in a list that only grows, so that those who
/// walk it need no lock.
class WaitSpot {
 public:
  /// The calling thread's.
  static Expected<WaitSpot*> mine() noexcept;

  /// The sockets' driver, to ask what it knows of sockets. One a thread: a question is found among
  /// those of its handle when it is to be taken back.
  HANDLE driver() const noexcept { return driver_; }
  /// Set when the driver has answered.
  HANDLE answered() const noexcept { return answered_; }
  /// Set when a socket that the thread waits for was shut down; clears itself.
  HANDLE interrupted() const noexcept { return interrupted_; }
  HANDLE timer() const noexcept { return timer_; }

 private:
  friend class Watching;
  friend void interrupt_waits(NativeHandle handle) noexcept;

  static WaitSpot* take_free() noexcept;
  static void WINAPI give_back(void* spot) noexcept;
  std::error_code open() noexcept;

  bool waits_for(NativeHandle handle) const noexcept;

  std::atomic<bool> taken_{true};
  HANDLE driver_ = nullptr;
  HANDLE answered_ = nullptr;
  HANDLE interrupted_ = nullptr;
  HANDLE timer_ = nullptr;
  std::uint64_t seen_ = 0;  // of the shutdowns
  std::atomic<std::size_t> watched_{0};
  std::array<std::atomic<std::uintptr_t>, max_interests> handles_{};
  WaitSpot* next_ = nullptr;
};

/// While it lives, shutting down one of the sockets interrupts the wait of this thread.
class Watching {
 public:
  Watching(WaitSpot& spot, std::span<const Interest> interests) noexcept;
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  ~Watching() { spot_.watched_.store(0); }

  /// Whether a socket was shut down since this was asked last: too early, perhaps, for it to
  /// interrupt this wait, and too late for the try before it to know.
  bool missed_shutdown() noexcept;

 private:
  WaitSpot& spot_;
};

/// Wakes the threads that wait for the socket of `handle` or of a clone of it: the driver does not
/// tell them that this side has shut it down.
void interrupt_waits(NativeHandle handle) noexcept;

}  // namespace mtcp::sys
