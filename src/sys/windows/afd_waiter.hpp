#pragma once

#include <atomic>
#include <mutex>

#include "sys/waiter.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// Waits by WaitForMultipleObjects(), for the driver's answer about all sockets together, and for
/// the wake event of its manager.
///
/// Each waiter knows those below it, and wakes them too: a wait can be for 64 objects at most, and
/// is cheaper for one than for a chain of them. That takes a lock, which a handler may take:
/// Windows calls those of console events in threads of their own.
class AfdWaiter final : public Waiter {
 public:
  explicit AfdWaiter(AfdWaiter* parent) noexcept;
  ~AfdWaiter() override;

  /// Makes the one event that cancelling cannot do without.
  std::error_code reserve() noexcept;

  Waited wait(std::span<const Interest> interests, Deadline deadline,
              std::chrono::steady_clock::time_point now,
              const detail::Ticket& ticket) noexcept override;
  void wake() noexcept override;
  void clear() noexcept override;
  unsigned parked() const noexcept override;
  void after_fork() noexcept override {}

  unsigned ancestors() const noexcept { return parent_ ? parent_->ancestors() + 1 : 0; }

 private:
  template <class Call>
  void each_below(Call call) const noexcept;

  AfdWaiter* const parent_;
  AfdWaiter* const root_;
  mutable std::mutex mutex_;  // the root's guards the tree
  AfdWaiter* first_child_ = nullptr;
  AfdWaiter* previous_ = nullptr;
  AfdWaiter* next_ = nullptr;
  HANDLE wake_ = nullptr;
  mutable std::atomic<unsigned> parked_{0};
};

}  // namespace mtcp::sys
