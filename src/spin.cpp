#include "spin.hpp"

#include <algorithm>

#include "sys/processor.hpp"

namespace mtcp::detail {

namespace {

/// For a place: what its holder takes to leave it when the answer is there.
constexpr std::chrono::microseconds most_patience(4);

}  // namespace

void Spin::choose(Deadline end) noexcept {
  if (!end.is_never() && end.when() > now_) {
    // A small part of the whole wait, so that short timeouts do not keep a processor busy.
    if (!last_) last_ = std::min(longest_ / 4, (end.when() - now_) / 8);
    is_last_ = end.when() - now_ <= *last_;
    if (is_last_) {
      begin_until(end.when());
      return;
    }
    sleep_until_ = end.when() - *last_;
  }
  if (history_) begin_until(std::min(end.when(), saturating_add(now_, length(history_->next()))));
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
  if (end <= start_) return;
  // The peer of a quick exchange may be about to leave its place, if there is but one for both.
  const auto patience = std::min<std::chrono::nanoseconds>(longest_ / 64, most_patience);
  if (!spin_places::take(std::min(end, now_ + patience))) {
    now_ = Clock::now();
    return;
  }
  end_ = end;
  active_ = true;
}

bool Spin::has_time() noexcept {
  now_ = Clock::now();
  if (now_ < end_) {
    sys::relax();
    return true;
  }
  active_ = false;
  spin_places::leave();
  if (history_ && !is_last_) history_->spin_failed();
  return false;
}

}  // namespace mtcp::detail
