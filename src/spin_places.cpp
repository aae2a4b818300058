#include "spin_places.hpp"

#include <algorithm>

#include "sys/fork.hpp"
#include "sys/processor.hpp"

namespace mtcp::detail::spin_places {

constinit std::atomic<int> count{0};

namespace {

using Clock = std::chrono::steady_clock;

constinit std::atomic<int> taken{0};
constinit std::atomic<Clock::rep> next_finding_out{0};

/// Made when the library is loaded, before any thread has bound itself to one processor.
class Places final : public sys::ForkAware {
 public:
  Places() { count.store(static_cast<int>(sys::processors() / 2)); }

  /// The threads that spin are the parent's.
  void after_fork_in_child() noexcept override { taken.store(0); }

 private:
  sys::ForkRegistration registration_{*this};
};

[[maybe_unused]] const Places& made_at_load = *new Places;  // threads may outlive static objects

}  // namespace

bool take(Clock::time_point until) noexcept {
  if (!any()) return false;
  for (int others = taken.load(std::memory_order_relaxed);;) {
    if (others < count.load(std::memory_order_relaxed)) {
      if (taken.compare_exchange_weak(others, others + 1, std::memory_order_relaxed)) return true;
      continue;
    }
    if (Clock::now() >= until) return false;
    sys::relax();
    others = taken.load(std::memory_order_relaxed);
  }
}

void leave() noexcept {
  taken.fetch_sub(1, std::memory_order_relaxed);
}

bool may_find_out(Clock::time_point now, std::chrono::nanoseconds cost) noexcept {
  using namespace std::chrono_literals;
  // However long one manager lets its threads try, the others' turn comes soon.
  const Clock::duration rest = 50 * std::clamp<std::chrono::nanoseconds>(cost, 0ns, 1ms);
  const auto clock = now.time_since_epoch().count();
  auto next = next_finding_out.load(std::memory_order_relaxed);
  return clock >= next && next_finding_out.compare_exchange_strong(next, clock + rest.count(),
                                                                   std::memory_order_relaxed);
}

}  // namespace mtcp::detail::spin_places
