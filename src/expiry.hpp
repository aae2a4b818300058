#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <mtcp/deadline.hpp>
#include <mtcp/timeout.hpp>

#include "internals.hpp"

namespace mtcp::detail {

/// What stands in a call, or the stream's default if nothing does.
inline const Timeout& or_default(const Timeout& timeout, const Timeout& otherwise) noexcept {
  return timeout.is_default() ? otherwise : timeout;
}

/// A Timeout that has been started by an operation. The clock is read only when it must be.
class Expiry {
 public:
  explicit Expiry(const Timeout& timeout) noexcept
      : total_(Internals::total(timeout)),
        pace_(Internals::pace(timeout)),
        whole_(Internals::deadline(timeout)) {}

  /// Lets durations count from now, if nothing did before.
  void start() noexcept {
    if (!started_ && (total_ || pace_)) start(std::chrono::steady_clock::now());
  }

  /// The same; `now` is the clock's time.
  void start(std::chrono::steady_clock::time_point now) noexcept {
    if (started_) return;
    started_ = true;
    if (total_) whole_ = std::min(whole_, Deadline(saturating_add(now, *total_)));
    if (pace_) pace_end_ = saturating_add(now, pace_->time);
  }

  /// Until when the next wait may last; `now` is the clock's time.
  Deadline deadline(std::chrono::steady_clock::time_point now) noexcept {
    start(now);
    return std::min(whole_, pace_end_);
  }

  /// The same; reads the clock only if it must.
  Deadline deadline() noexcept {
    start();
    return std::min(whole_, pace_end_);
  }

  /// Whether what has moved lets a wait go on after `end`, which was its deadline.
  bool is_put_off(Deadline end) noexcept { return deadline() > end; }

  /// Whether the whole time is over; a pace that is not kept does not count.
  bool over() noexcept {
    start();
    return whole_.expired();
  }

  /// What moves from now on does not let the pace begin anew.
  void end() noexcept { pace_.reset(); }

  /// `count` bytes have moved: when they are enough, the pace begins anew.
  void moved(std::size_t count) noexcept {
    if (!pace_) return;
    paced_ += count;
    if (paced_ < pace_->bytes) return;
    paced_ = 0;
    pace_end_ = saturating_add(std::chrono::steady_clock::now(), pace_->time);
  }

 private:
  std::optional<std::chrono::nanoseconds> total_;
  std::optional<Internals::Pace> pace_;
  Deadline whole_;
  Deadline pace_end_;
  std::size_t paced_ = 0;
  bool started_ = false;
};

}  // namespace mtcp::detail
