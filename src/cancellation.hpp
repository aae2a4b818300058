#pragma once

#include <atomic>
#include <cstdint>

namespace mtcp::detail {

/// The sticky state that TcpCanceller::cancel() sets and TcpManager::restart() clears, as a number
/// that only grows: an operation that remembers it (a Ticket) knows whether a cancel came since,
/// even if a restart followed at once. All members are async-signal-safe, but restart().
///
/// The two lowest bits are the phase:
///   Running -> Cancelled -> Restarting -> Running
///                           Restarting -> CancelledAgain -> Cancelled
class Cancellation {
 public:
  /// Cancelled by itself and by `parent`'s chain; `parent` outlives it, or is null.
  explicit Cancellation(const Cancellation* parent) noexcept : parent_(parent) {}

  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// Sets the state, then calls `wake`, which makes every parked thread look. True if newly set.
  template <class Wake>
  bool cancel(Wake wake) noexcept {
    if (is_set(phase(generation_.load()))) return false;  // must not keep restart() waiting
    wakers_.fetch_add(1);
    const bool newly = set(wake);
    wakers_.fetch_sub(1);
    return newly;
  }

  /// Clears the state. `settle` returns when no thread is parked, having undone the wake;
  /// `pause` lets others run. True if it was set.
  template <class Settle, class Pause>
  bool restart(Settle settle, Pause pause) noexcept {
    std::uint64_t seen = generation_.load();
    while (phase(seen) != Phase::Cancelled || !generation_.compare_exchange_weak(seen, seen + 1)) {
      if (phase(seen) == Phase::Running) return false;
      if (phase(seen) != Phase::Cancelled) pause();  // another thread restarts
      seen = generation_.load();
    }
    while (wakers_.load() != 0) pause();  // a late wake would never be undone
    settle();
    std::uint64_t restarting = seen + 1;
    if (!generation_.compare_exchange_strong(restarting, next_cycle(seen)))
      generation_.store(next_cycle(seen) + 1);  // cancelled again: that one holds
    return true;
  }

  /// Whether its own state is set.
  bool own() const noexcept { return phase(generation_.load()) != Phase::Running; }

  /// Whether its own state or that of an ancestor is set.
  bool any() const noexcept {
    for (auto* level = this; level; level = level->parent_)
      if (level->own()) return true;
    return false;
  }

  /// In the child after fork(2), where no other thread is left to finish what it began.
  void after_fork() noexcept {
    wakers_.store(0);
    const std::uint64_t seen = generation_.load();
    if (phase(seen) >= Phase::Restarting) generation_.store(next_cycle(seen) + 1);
  }

  /// What an operation remembers from its start.
  class Ticket {
   public:
    explicit Ticket(const Cancellation& cancellation) noexcept
        : cancellation_(&cancellation), generation_(cancellation.generation_if_running()) {}

    /// Whether a cancel came before the operation started or since.
    bool cancelled() const noexcept { return generation_ != cancellation_->generation(); }

   private:
    const Cancellation* cancellation_;
    std::uint64_t generation_;
  };

 private:
  enum class Phase : std::uint64_t { Running, Cancelled, Restarting, CancelledAgain };

  static Phase phase(std::uint64_t generation) noexcept { return Phase{generation & 3}; }
  static bool is_set(Phase phase) noexcept {
    return phase == Phase::Cancelled || phase == Phase::CancelledAgain;
  }
  static std::uint64_t next_cycle(std::uint64_t generation) noexcept {
    return (generation | 3) + 1;
  }

  template <class Wake>
  bool set(Wake wake) noexcept {
    std::uint64_t seen = generation_.load();
    for (;;) {
      const Phase now = phase(seen);
      if (is_set(now)) return false;
      if (!generation_.compare_exchange_weak(seen, seen + 1)) continue;
      if (now == Phase::Running) wake();  // while restarting nobody is parked
      return true;
    }
  }

  static constexpr std::uint64_t never = ~std::uint64_t{0};  // no chain's generation

  /// Of the whole chain. Each part only grows, so two equal sums mean that nothing happened.
  std::uint64_t generation() const noexcept {
    std::uint64_t sum = 0;
    for (auto* level = this; level; level = level->parent_) sum += level->generation_.load();
    return sum;
  }

  /// The same, or `never` if one of the chain is cancelled; each is looked at once, so that no
  /// cancel can slip in between.
  std::uint64_t generation_if_running() const noexcept {
    std::uint64_t sum = 0;
    for (auto* level = this; level; level = level->parent_) {
      const std::uint64_t seen = level->generation_.load();
      if (phase(seen) != Phase::Running) return never;
      sum += seen;
    }
    return sum;
  }

  // A signal handler cancels: a lock could be held by the thread that it interrupts.
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  const Cancellation* parent_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<unsigned> wakers_{0};  // cancels that may not have woken everybody yet
};

using Ticket = Cancellation::Ticket;

}  // namespace mtcp::detail
