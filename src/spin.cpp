#include "spin.hpp"

#include <algorithm>
#include <utility>

#include "spin_places.hpp"
#include "sys/processor.hpp"

namespace mtcp::detail {

void Spin::begin(Deadline end, Clock::time_point now) noexcept {
  start_ = now;
  sleep_until_ = end;
  is_last_ = false;
  if (longest_ == longest_.zero()) return;
  if (!end.is_never() && end.when() > now) {
    // A small part of the whole wait, so that short timeouts do not keep a processor busy.
    if (!last_) last_ = std::min(longest_ / 4, (end.when() - now) / 8);
    is_last_ = end.when() - now <= *last_;
    if (is_last_) {
      begin_until(end.when());
      return;
    }
    sleep_until_ = end.when() - *last_;
  }
  if (history_) begin_until(std::min(end.when(), saturating_add(now, length(history_->next()))));
}

std::chrono::nanoseconds Spin::length(WaitHistory::Next next) const noexcept {
  switch (next) {
    case WaitHistory::Next::ShortSpin:
      return longest_ / 4;
    case WaitHistory::Next::LongSpin:
      return longest_;
    case WaitHistory::Next::FindOut:
      if (spin_places::may_find_out(start_, longest_)) return longest_;
      break;
    case WaitHistory::Next::Sleep:
      break;
  }
  return longest_.zero();
}

void Spin::begin_until(Clock::time_point end) noexcept {
  if (end <= start_ || !spin_places::take()) return;
  end_ = end;
  active_ = true;
}

void Spin::leave() noexcept {
  if (std::exchange(active_, false)) spin_places::leave();
}

bool Spin::goes_on() noexcept {
  if (!active_) return false;
  if (Clock::now() < end_) {
    sys::relax();
    return true;
  }
  leave();
  if (history_ && !is_last_) history_->spin_failed();
  return false;
}

void Spin::paid() noexcept {
  if (history_ && !is_last_) history_->spin_paid(Clock::now() - start_, longest_);
}

void Spin::slept() noexcept {
  if (history_) history_->slept(Clock::now() - start_, longest_);
}

}  // namespace mtcp::detail
