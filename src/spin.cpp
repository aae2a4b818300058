#include "spin.hpp"

#include <atomic>
#include <utility>

#include "sys/processor.hpp"

namespace mtcp::detail {

namespace {

/// Asked when the library is loaded, before any thread has bound itself to one processor.
const unsigned places = sys::processors() / 2;

std::atomic<unsigned> spinning{0};

/// Takes a place among those that spin, if there is one. The peer of a quick exchange may be about
/// to leave its own, so it is asked for more than once.
bool enter() noexcept {
  if (places == 0) return false;
  for (int i = 0; i < 8 && spinning.load(std::memory_order_relaxed) >= places; ++i) sys::relax();
  if (spinning.fetch_add(1, std::memory_order_relaxed) < places) return true;
  spinning.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

/// Finding out costs processor time and mostly fails; so that many threads together spend no more
/// than a fiftieth of one processor on it, there is a moment before which nobody begins.
std::atomic<Spin::Clock::rep> next_finding_out{0};

bool may_find_out(Spin::Clock::time_point now, std::chrono::nanoseconds cost) noexcept {
  const auto clock = now.time_since_epoch().count();
  auto next = next_finding_out.load(std::memory_order_relaxed);
  return clock >= next && next_finding_out.compare_exchange_strong(next, clock + 50 * cost.count(),
                                                                   std::memory_order_relaxed);
}

}  // namespace

Spin::Spin(std::chrono::nanoseconds longest, WaitHistory* history, Deadline end,
           Clock::time_point now) noexcept
    : longest_(longest), sleep_until_(end), start_(now) {
  if (longest == longest.zero()) return;
  const auto last = longest / 4;
  if (!end.is_never()) {
    if (end.when() <= saturating_add(now, last)) {
      begin_until(end.when());
      return;
    }
    sleep_until_ = end.when() - last;
  }
  history_ = history;
  if (!history) return;
  using Next = WaitHistory::Next;
  const Next next = history->next();
  if (next == Next::ShortSpin)
    begin_until(saturating_add(now, last));
  else if (next == Next::LongSpin || (next == Next::FindOut && may_find_out(now, longest)))
    begin_until(saturating_add(now, longest));
}

Spin::~Spin() {
  leave();
}

void Spin::begin_until(Clock::time_point end) noexcept {
  if (end <= start_ || !enter()) return;
  end_ = end;
  active_ = true;
}

void Spin::leave() noexcept {
  if (std::exchange(active_, false)) spinning.fetch_sub(1, std::memory_order_relaxed);
}

bool Spin::goes_on() noexcept {
  if (!active_) return false;
  if (Clock::now() < end_) {
    sys::relax();
    return true;
  }
  leave();
  if (history_) history_->spin_failed();
  return false;
}

void Spin::paid() noexcept {
  if (history_) history_->spin_paid(Clock::now() - start_, longest_);
}

}  // namespace mtcp::detail
