#include "tls/senders.hpp"

#include <thread>
#include <utility>

#include <mtcp/tcp_manager.hpp>

#include "internals.hpp"
#include "sys/resolver.hpp"

namespace mtcp::detail {

namespace {

/// How long a thread waits for one wire before it looks after others, and whether anybody still
/// has the stream.
constexpr std::chrono::seconds moment{1};
/// How many moments without progress a wire has once nobody has its stream any more.
constexpr unsigned most_idle_moments = 10;

// Made before main(): a fork while another thread makes it would leave it half made in the child.
[[maybe_unused]] const Senders& made_at_load = Senders::instance();

}  // namespace

Senders& Senders::instance() {
  static Senders& senders = *new Senders;
  return senders;
}

void Senders::take(const std::shared_ptr<Wire>& wire) noexcept {
  if (wire->queued_) return;
  const std::lock_guard lock(mutex_);
  if (threads_ < most_threads && !sys::run_detached([] { instance().work(); })) ++threads_;
  if (threads_ == 0) return;
  wire->queued_ = true;
  append(wire);
}

void Senders::work() noexcept {
  const auto create = [] { return TcpManager::create({.spin = std::chrono::nanoseconds(0)}); };
  auto manager = create();
  for (unsigned i = 0; !manager && i < most_idle_moments; ++i) {
    std::this_thread::sleep_for(moment);
    manager = create();
  }
  while (auto wire = next()) {
    if (manager)
      serve(*Internals::state(*manager), std::move(wire));
    else
      let_go(*wire);  // no descriptor to wait by
  }
}

void Senders::serve(ManagerState& manager, std::shared_ptr<Wire> wire) noexcept {
  if (send(manager, *wire)) return;
  const std::lock_guard lock(mutex_);
  append(std::move(wire));
}

/// Whether that is done with, be it that it is in vain.
bool Senders::send(ManagerState& manager, Wire& wire) noexcept {
  Operation operation(manager, Timeout(moment));
  std::size_t before = 0;
  bool over = false;
  const auto sent = operation.run(wire.handle(), sys::Direction::Write, [&] {
    const std::lock_guard lock(wire.mutex());
    if (before == 0) before = wire.pending();
    auto flushed = wire.flush();
    // Under the same lock: whoever leaves something after that finds that nobody sees to it.
    over = flushed ? flushed->has_value() : !Wire::transient(flushed.error());
    if (over) wire.queued_ = false;
    return flushed;
  });
  if (over) return true;
  // Memory or descriptors have run out; a wait would fail at once, too.
  if (sent.error().kind == TcpError::Kind::Failed) std::this_thread::sleep_for(moment);
  const std::lock_guard lock(wire.mutex());
  const bool progress = wire.pending() < before;
  wire.idle_moments_ = progress || !wire.abandoned_ ? 0 : wire.idle_moments_ + 1;
  if (wire.idle_moments_ < most_idle_moments) return false;
  wire.queued_ = false;
  return true;
}

void Senders::let_go(Wire& wire) noexcept {
  const std::lock_guard lock(wire.mutex());
  wire.queued_ = false;
}

void Senders::append(std::shared_ptr<Wire> wire) noexcept {
  Wire* const appended = wire.get();
  (first_ ? last_->after_ : first_) = std::move(wire);
  last_ = appended;
}

std::shared_ptr<Wire> Senders::next() noexcept {
  const std::lock_guard lock(mutex_);
  if (!first_) {
    --threads_;
    return nullptr;
  }
  auto wire = std::exchange(first_, nullptr);
  first_ = std::move(wire->after_);
  return wire;
}

void Senders::after_fork_in_child() noexcept {
  process_.fetch_add(1, std::memory_order_relaxed);
  threads_ = 0;
  while (first_) first_ = std::move(std::exchange(first_, nullptr)->after_);
  mutex_.unlock();
}

}  // namespace mtcp::detail
