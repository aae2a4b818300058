#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <span>
#include <system_error>

#include <mtcp/deadline.hpp>
#include <mtcp/native_handle.hpp>

#include "cancellation.hpp"

/// Seam B: the only place in mtcp where anything blocks. What a platform provides is make_waiter().
namespace mtcp::sys {

enum class Direction { Read, Write };

/// What a thread waits for on one socket.
struct Interest {
  NativeHandle handle;
  Direction direction;

  friend bool operator==(const Interest&, const Interest&) noexcept = default;
};

/// How a wait ended; `error` is set for Failed only.
struct Waited {
  enum class Outcome { Ready, TimedOut, Cancelled, Failed };

  Outcome outcome;
  std::error_code error;
};

/// Parks threads until a socket is ready, a deadline has passed, or they are woken. One a manager.
class Waiter {
 public:
  virtual ~Waiter() = default;

  /// Parks the calling thread until
  /// - Cancelled: `ticket` says so; it is asked after the thread is parked as far as clear() is
  ///   concerned, and again after each wake-up, before anything else;
  /// - Ready: for one of `interests` the socket can be read, or written, without blocking, has
  ///   ended or failed;
  /// - TimedOut: `deadline` has passed; never earlier, and at once if it has passed already. `now`
  ///   is the clock's time a moment ago, which the caller had to read for reasons of its own;
  /// - Failed: the system refuses to wait; bad_file_descriptor for a handle that is not open.
  /// There are at most `max_interests`. Interruptions by signals are not seen outside.
  virtual Waited wait(std::span<const Interest> interests, Deadline deadline,
                      std::chrono::steady_clock::time_point now,
                      const detail::Ticket& ticket) noexcept = 0;

  /// Makes every thread that is parked here or in a waiter below ask its ticket. Holds, also for
  /// those that park later, until clear(). Never blocks, keeps errno; async-signal-safe.
  virtual void wake() noexcept = 0;

  /// Waits until nobody is parked here or below, then undoes wake(). Called only while every
  /// ticket says cancelled, so that nobody stays parked.
  virtual void clear() noexcept = 0;

  /// How many threads are parked here or below.
  virtual unsigned parked() const noexcept = 0;

  /// In the child after fork(2): forgets the parent's threads, and shares nothing with it.
  virtual void after_fork() noexcept = 0;
};

/// Deadline::remaining() at the time `now`.
inline std::chrono::nanoseconds time_left(Deadline deadline,
                                          std::chrono::steady_clock::time_point now) noexcept {
  if (deadline.is_never()) return std::chrono::nanoseconds::max();
  if (deadline.when() <= now) return std::chrono::nanoseconds::zero();
  return deadline.when() - now;
}

/// How many ancestors a waiter can have, and how many sockets a wait.
inline constexpr unsigned max_ancestors = 63;
inline constexpr unsigned max_interests = 16;

/// A waiter whose threads are woken by its own wake() and by that of `parent` and its ancestors.
/// `parent` was made here too and outlives it, or is null. What wake() needs is reserved.
std::expected<std::unique_ptr<Waiter>, std::error_code> make_waiter(Waiter* parent);

/// Lets other threads run while something brief is awaited: `round` counts the calls from 0.
void pause(unsigned round) noexcept;

}  // namespace mtcp::sys
