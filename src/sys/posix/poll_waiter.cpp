#include "sys/posix/poll_waiter.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <poll.h>
#include <thread>

#include "sys/posix/error.hpp"
#include "sys/posix/optional/calls.hpp"
#include "sys/posix/timed_poll.hpp"
#include "sys/processor.hpp"

namespace mtcp::sys {

namespace {

using Outcome = Waited::Outcome;

Waited failure(int error) noexcept {
  return {Outcome::Failed, std::error_code(error, std::system_category())};
}

/// As many as there were when the library was loaded: no thread had bound itself to one of them
/// then, and none could fork while another one asked.
unsigned known_processors() noexcept {
  static const unsigned count = processors();
  return count;
}

[[maybe_unused]] const unsigned asked_at_load = known_processors();

pollfd to_pollfd(const Interest& interest) noexcept {
  const short events = interest.direction == Direction::Read ? POLLIN : POLLOUT;
  return {int(interest.handle), events, 0};
}

/// Spreads threads over slots: by the processor that they run on or, where nobody says which that
/// is, each by itself.
unsigned place_of_this_thread() noexcept {
  const int processor = optional::current_processor();
  if (processor >= 0) return static_cast<unsigned>(processor);
  const std::uint64_t id = std::hash<std::thread::id>()(std::this_thread::get_id());
  return static_cast<unsigned>(id * 0x9e3779b97f4a7c15U >> 32);  // ids have zeros at their end
}

/// What poll(2) found for the sockets; if nothing, then a wake event that is not ours to be woken
/// by: somebody closed it behind our back.
Waited verdict(std::span<const pollfd> polled) noexcept {
  for (const pollfd& each : polled)
    if (each.revents != 0 && !(each.revents & POLLNVAL)) return {Outcome::Ready, {}};
  return failure(EBADF);
}

}  // namespace

/// While it lives, the thread counts as parked on one slot of each waiter up the chain, and
/// `events` lists their descriptors.
class PollWaiter::Parking {
 public:
  Parking(PollWaiter& waiter, pollfd* events) noexcept {
    for (PollWaiter* level = &waiter; level; level = level->parent_) {
      Slot& slot = level->choose();
      slot.parked.fetch_add(1);
      slots_[count_] = &slot;
      const WakeEvent event = slot.event.load();
      if (!event.is_open()) complete_ = false;
      events[count_++] = {event.readable, POLLIN, 0};
    }
  }
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;
  ~Parking() {
    while (count_ > 0) slots_[--count_]->parked.fetch_sub(1);
  }

  std::size_t count() const noexcept { return count_; }
  /// Whether every waiter up the chain can wake the thread: not so after a fork for which no
  /// descriptor was left.
  bool complete() const noexcept { return complete_; }

 private:
  std::array<Slot*, max_ancestors + 1> slots_;
  unsigned count_ = 0;
  bool complete_ = true;
};

PollWaiter::PollWaiter(PollWaiter* parent)
    : parent_(parent), slot_count_(std::min(known_processors(), most_slots)) {}

PollWaiter::~PollWaiter() {
  for (Slot& slot : slots_)
    if (const WakeEvent event = slot.event.load(); event.is_open()) wake_event::close(event);
}

std::error_code PollWaiter::reserve() noexcept {
  return open(slots_[0]) ? std::error_code() : last_error();
}

bool PollWaiter::open(Slot& slot) noexcept {
  const WakeEvent opened = wake_event::open();
  if (!opened.is_open()) return slot.event.load().is_open();
  WakeEvent none;
  if (!slot.event.compare_exchange_strong(none, opened)) wake_event::close(opened);
  return true;
}

PollWaiter::Slot& PollWaiter::choose() noexcept {
  Slot& first = slots_[0];
  Slot& own = slots_[place_of_this_thread() % slot_count_];
  if (own.event.load().is_open()) return own;
  const bool first_is_free = first.event.load().is_open() && first.parked.load() == 0;
  if (!first_is_free && open(own)) return own;
  return first;
}

Waited PollWaiter::wait(std::span<const Interest> interests, Deadline deadline,
                        std::chrono::steady_clock::time_point now,
                        const detail::Ticket& ticket) noexcept {
  std::array<pollfd, max_interests + max_ancestors + 1> polled;
  const std::size_t sockets = interests.size();
  for (std::size_t i = 0; i < sockets; ++i) polled[i] = to_pollfd(interests[i]);
  const Parking parking(*this, &polled[sockets]);
  if (!parking.complete()) return failure(EMFILE);
  const std::size_t count = sockets + parking.count();
  for (;; now = std::chrono::steady_clock::now()) {
    if (ticket.cancelled()) return {Outcome::Cancelled, {}};
    const auto remaining = time_left(deadline, now);
    if (remaining <= remaining.zero()) return {Outcome::TimedOut, {}};
    const int ready = poll_for(remaining, {polled.data(), count});
    if (ready < 0 && errno != EINTR) return failure(errno);
    if (ready <= 0) continue;
    if (ticket.cancelled()) return {Outcome::Cancelled, {}};
    return verdict({polled.data(), sockets});
  }
}

void PollWaiter::wake() noexcept {
  for (Slot& slot : slots_)
    if (const WakeEvent event = slot.event.load(); event.is_open()) wake_event::set(event);
}

void PollWaiter::clear() noexcept {
  for (Slot& slot : slots_) {
    for (unsigned round = 0; slot.parked.load() != 0; ++round) pause(round);
    if (const WakeEvent event = slot.event.load(); event.is_open()) wake_event::clear(event);
  }
}

unsigned PollWaiter::parked() const noexcept {
  unsigned sum = 0;
  for (const Slot& slot : slots_) sum += slot.parked.load();
  return sum;
}

void PollWaiter::after_fork() noexcept {
  for (Slot& slot : slots_) {
    slot.parked.store(0);
    if (const WakeEvent event = slot.event.exchange({}); event.is_open()) wake_event::close(event);
  }
  open(slots_[0]);
}

std::expected<std::unique_ptr<Waiter>, std::error_code> make_waiter(Waiter* parent) {
  auto waiter = std::make_unique<PollWaiter>(static_cast<PollWaiter*>(parent));
  if (waiter->ancestors() > max_ancestors)
    return std::unexpected(std::make_error_code(std::errc::too_many_links));
  if (const auto error = waiter->reserve()) return std::unexpected(error);
  return waiter;
}

void pause(unsigned round) noexcept {
  if (round < 64)
    std::this_thread::yield();
  else
    std::this_thread::sleep_for(std::chrono::microseconds(50));
}

}  // namespace mtcp::sys
