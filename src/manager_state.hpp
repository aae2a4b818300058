#pragma once

#include <memory>
#include <utility>

#include <mtcp/tcp_manager.hpp>

#include "cancellation.hpp"
#include "sys/fork.hpp"
#include "sys/waiter.hpp"

namespace mtcp::detail {

/// What all handles of one TcpManager share: how to wait, and whether it is cancelled.
class ManagerState final : public sys::ForkAware {
 public:
  ManagerState(std::shared_ptr<ManagerState> parent, std::unique_ptr<sys::Waiter> waiter,
               const TcpManagerOptions& options) noexcept
      : parent_(std::move(parent)),
        cancellation_(parent_ ? &parent_->cancellation_ : nullptr),
        waiter_(std::move(waiter)),
        options_(options) {}

  /// Async-signal-safe.
  bool cancel() noexcept {
    return cancellation_.cancel([this]() noexcept { waiter_->wake(); });
  }

  bool restart() noexcept {
    unsigned round = 0;
    return cancellation_.restart([this]() noexcept { waiter_->clear(); },
                                 [&round]() noexcept { sys::pause(round++); });
  }

  /// Which of the two is cancelled by whatever cancels the other; null if neither is.
  ManagerState* younger(ManagerState& other) noexcept {
    if (descends_from(other)) return this;
    return other.descends_from(*this) ? &other : nullptr;
  }

  const Cancellation& cancellation() const noexcept { return cancellation_; }
  sys::Waiter& waiter() const noexcept { return *waiter_; }
  const TcpManagerOptions& options() const noexcept { return options_; }

  void after_fork_in_child() noexcept override {
    cancellation_.after_fork();
    waiter_->after_fork();
  }

 private:
  bool descends_from(const ManagerState& ancestor) const noexcept {
    for (auto* level = this; level; level = level->parent_.get())
      if (level == &ancestor) return true;
    return false;
  }

  std::shared_ptr<ManagerState> parent_;
  Cancellation cancellation_;
  std::unique_ptr<sys::Waiter> waiter_;
  TcpManagerOptions options_;
  sys::ForkRegistration registration_{*this};
};

}  // namespace mtcp::detail
