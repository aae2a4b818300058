#include "spin.hpp"

#include <algorithm>

#include "sys/processor.hpp"

namespace mtcp::detail {

namespace {

/// Asked when the library is loaded, before any thread has bound itself to one processor.
const unsigned places = sys::processors() / 2;

std::atomic<unsigned> spinning{0};

/// Takes a place among those that spin, if there is one. The peer of a quick exchange may be about
/// to leave its own, so it is asked for more than once.
bool enter() noexcept {
  for (int i = 0; i < 32 && spinning.load(std::memory_order_relaxed) >= places; ++i) sys::relax();
  if (spinning.load(std::memory_order_relaxed) >= places) return false;
  if (spinning.fetch_add(1, std::memory_order_relaxed) < places) return true;
  spinning.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

Spin::Spin(std::chrono::nanoseconds longest, SpinHistory* history, Deadline end,
           Clock::time_point now) noexcept
    : sleep_until_(end) {
  if (longest == longest.zero()) return;
  end_ = saturating_add(now, longest);
  if (end.when() <= end_)
    end_ = end.when();
  else if (!end.is_never())
    sleep_until_ = end.when() - longest;
  const bool last = sleep_until_ == end && !end.is_never();
  if (!last) history_ = history;
  active_ = (last || (history && history->is_due())) && enter();
}

Spin::~Spin() {
  if (active_) spinning.fetch_sub(1, std::memory_order_relaxed);
}

bool Spin::goes_on() noexcept {
  if (!active_) return false;
  if (Clock::now() < end_) {
    sys::relax();
    return true;
  }
  if (history_) history_->failed();
  return false;
}

void Spin::paid() noexcept {
  if (history_) history_->paid();
}

}  // namespace mtcp::detail
