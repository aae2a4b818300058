#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <mtcp/deadline.hpp>
#include <mtcp/timeout.hpp>

#include "internals.hpp"

namespace mtcp::detail {

/// A Timeout that has been started by an operation. The clock is read only when it must be.
class Expiry {
 public:
  explicit Expiry(const Timeout& timeout) noexcept
      : total_(Internals::total(timeout)),
        idle_(Internals::idle(timeout)),
        whole_(Internals::deadline(timeout)) {}

  /// Lets durations count from now, if nothing did before.
  void start() noexcept {
    if (started_) return;
    started_ = true;
    if (!total_ && !idle_) return;
    const auto now = std::chrono::steady_clock::now();
    if (total_) whole_ = std::min(whole_, Deadline(saturating_add(now, *total_)));
    if (idle_) silence_ = saturating_add(now, *idle_);
  }

  /// Until when the next wait may last.
  Deadline deadline() noexcept {
    start();
    return std::min(whole_, silence_);
  }

  /// Whether the whole time is over; silence does not count.
  bool over() noexcept {
    start();
    return whole_.expired();
  }

  /// Bytes have moved: whatever counts silence begins anew.
  void moved() noexcept {
    if (idle_) silence_ = saturating_add(std::chrono::steady_clock::now(), *idle_);
  }

 private:
  std::optional<std::chrono::nanoseconds> total_;
  std::optional<std::chrono::nanoseconds> idle_;
  Deadline whole_;
  Deadline silence_;
  bool started_ = false;
};

}  // namespace mtcp::detail
