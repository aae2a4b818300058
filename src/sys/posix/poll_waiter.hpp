#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <system_error>

#include "sys/posix/wake_event.hpp"
#include "sys/waiter.hpp"

struct pollfd;

namespace mtcp::sys {

/// Waits by poll(2) on the sockets, and on one wake event of each manager up the chain.
///
/// Many threads that wait on one event fight over its lock in the kernel; so there are up to one a
/// processor, opened when threads first wait at once, and the thread's processor chooses.
class PollWaiter final : public Waiter {
 public:
  explicit PollWaiter(PollWaiter* parent);
  ~PollWaiter() override;

  /// Opens the one event that cancelling cannot do without.
  std::error_code reserve() noexcept;

  Waited wait(std::span<const Interest> interests, Deadline deadline,
              std::chrono::steady_clock::time_point now,
              const detail::Ticket& ticket) noexcept override;
  void wake() noexcept override;
  void clear() noexcept override;
  unsigned parked() const noexcept override;
  void after_fork() noexcept override;

  unsigned ancestors() const noexcept { return parent_ ? parent_->ancestors() + 1 : 0; }

 private:
  /// A wake event and the threads that wait on it; a cache line of its own.
  struct alignas(64) Slot {
    std::atomic<WakeEvent> event{WakeEvent{}};
    std::atomic<unsigned> parked{0};
  };

  static_assert(std::atomic<WakeEvent>::is_always_lock_free, "a signal handler reads it");

  class Parking;

  static constexpr unsigned most_slots = 16;

  Slot& choose() noexcept;
  static bool open(Slot& slot) noexcept;

  PollWaiter* const parent_;
  const unsigned slot_count_;
  std::array<Slot, most_slots> slots_;
};

}  // namespace mtcp::sys
