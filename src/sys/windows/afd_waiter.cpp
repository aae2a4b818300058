#include "sys/windows/afd_waiter.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "sys/windows/afd.hpp"
#include "sys/windows/error.hpp"
#include "sys/windows/event.hpp"
#include "sys/windows/wait_spot.hpp"

namespace mtcp::sys {

namespace {

using Outcome = Waited::Outcome;

Waited failure(std::error_code error) noexcept {
  return {Outcome::Failed, error};
}

/// What a thread waits for, the first that is set of it.
class Objects {
 public:
  void add(HANDLE object) noexcept { objects_[count_++] = object; }
  DWORD count() const noexcept { return count_; }

  /// Waits for `time` or less; the number of an object, in the order of add(), or another one.
  ///
  /// A limit in milliseconds is late by a tick of the system's clock. So it is for most of the time
  /// alone, and the rest, which most waits never reach, is left to a timer.
  DWORD wait(std::chrono::nanoseconds time, HANDLE timer) noexcept {
    if (time == time.max()) return wait(INFINITE, count_);
    if (time > last_part) {
      const auto limit = std::min<std::chrono::nanoseconds>(time - last_part / 2, longest);
      return wait(static_cast<DWORD>(limit / std::chrono::milliseconds(1)), count_);
    }
    LARGE_INTEGER due;
    due.QuadPart = -std::chrono::ceil<TimerTicks>(time).count();
    if (!::SetWaitableTimer(timer, &due, 0, nullptr, nullptr, FALSE)) return WAIT_FAILED;
    objects_[count_] = timer;
    return wait(INFINITE, count_ + 1);
  }

 private:
  using TimerTicks = std::chrono::duration<LONGLONG, std::ratio<1, 10'000'000>>;

  static constexpr std::chrono::nanoseconds last_part = std::chrono::milliseconds(40);
  static constexpr std::chrono::nanoseconds longest = std::chrono::hours(24);

  DWORD wait(DWORD milliseconds, DWORD count) const noexcept {
    return ::WaitForMultipleObjects(count, objects_.data(), FALSE, milliseconds) - WAIT_OBJECT_0;
  }

  // Besides the interests: the driver's answer, an interruption, a wake, the time.
  std::array<HANDLE, max_interests + 4> objects_;
  DWORD count_ = 0;
};

static_assert(max_interests + 4 <= MAXIMUM_WAIT_OBJECTS);

/// While it lives, the thread counts as parked.
class Parking {
 public:
  explicit Parking(std::atomic<unsigned>& parked) noexcept : parked_(parked) {
    parked_.fetch_add(1);
  }
  Parking(const Parking&) = delete;
  Parking& operator=(const Parking&) = delete;
  ~Parking() { parked_.fetch_sub(1); }

 private:
  std::atomic<unsigned>& parked_;
};

}  // namespace

AfdWaiter::AfdWaiter(AfdWaiter* parent) noexcept
    : parent_(parent), root_(parent ? parent->root_ : this) {
  if (!parent_) return;
  const std::lock_guard lock(root_->mutex_);
  next_ = parent_->first_child_;
  if (next_) next_->previous_ = this;
  parent_->first_child_ = this;
}

AfdWaiter::~AfdWaiter() {
  if (parent_) {
    const std::lock_guard lock(root_->mutex_);
    (previous_ ? previous_->next_ : parent_->first_child_) = next_;
    if (next_) next_->previous_ = previous_;
  }
  if (wake_) ::CloseHandle(wake_);
}

std::error_code AfdWaiter::reserve() noexcept {
  const HANDLE made = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (!made) return last_error();
  const std::lock_guard lock(root_->mutex_);
  wake_ = made;
  return {};
}

Waited AfdWaiter::wait(std::span<const Interest> interests, Deadline deadline,
                       std::chrono::steady_clock::time_point now,
                       const detail::Ticket& ticket) noexcept {
  const auto spot = WaitSpot::mine();
  if (!spot) return failure(spot.error());
  const Parking parking(parked_);
  Watching watching(**spot, interests);
  AfdPoll poll(**spot);
  Objects objects;
  for (const Interest& interest : interests) {
    if (is_event(interest.handle))
      objects.add(object_of(interest.handle));
    else
      poll.add(interest);
  }
  const DWORD answered = poll.empty() ? WAIT_FAILED : objects.count();
  if (!poll.empty()) objects.add((*spot)->answered());
  objects.add((*spot)->interrupted());
  const DWORD last_ready = objects.count() - 1;
  objects.add(wake_);
  for (;; now = std::chrono::steady_clock::now()) {
    if (ticket.cancelled()) return {Outcome::Cancelled, {}};
    const auto remaining = time_left(deadline, now);
    if (remaining <= remaining.zero()) return {Outcome::TimedOut, {}};
    if (answered != WAIT_FAILED && !poll.is_asked())
      if (const auto error = poll.ask(AfdPoll::Patience::Endless)) return failure(error);
    if (watching.missed_shutdown()) return {Outcome::Ready, {}};
    const DWORD woken = objects.wait(remaining, (*spot)->timer());
    if (woken == WAIT_FAILED) return failure(last_error());
    if (ticket.cancelled()) return {Outcome::Cancelled, {}};
    if (woken > last_ready) continue;
    const auto error = woken == answered ? poll.error() : std::error_code();
    return error ? failure(error) : Waited{Outcome::Ready, {}};
  }
}

/// Calls `call` for this waiter and all that are below it.
template <class Call>
void AfdWaiter::each_below(Call call) const noexcept {
  call(*this);
  for (const AfdWaiter* child = first_child_; child; child = child->next_) child->each_below(call);
}

void AfdWaiter::wake() noexcept {
  const DWORD kept = ::GetLastError();
  const std::lock_guard lock(root_->mutex_);
  each_below([](const AfdWaiter& waiter) { ::SetEvent(waiter.wake_); });
  ::SetLastError(kept);
}

/// Those below lose their own wake, too, if they are cancelled: whoever parks there from now on
/// asks the ticket first.
void AfdWaiter::clear() noexcept {
  for (unsigned round = 0; parked() != 0; ++round) pause(round);
  const std::lock_guard lock(root_->mutex_);
  each_below([](const AfdWaiter& waiter) { ::ResetEvent(waiter.wake_); });
}

unsigned AfdWaiter::parked() const noexcept {
  unsigned sum = 0;
  const std::lock_guard lock(root_->mutex_);
  each_below([&sum](const AfdWaiter& waiter) { sum += waiter.parked_.load(); });
  return sum;
}

std::expected<std::unique_ptr<Waiter>, std::error_code> make_waiter(Waiter* parent) {
  auto waiter = std::make_unique<AfdWaiter>(static_cast<AfdWaiter*>(parent));
  if (waiter->ancestors() > max_ancestors)
    return std::unexpected(std::make_error_code(std::errc::too_many_links));
  if (const auto error = waiter->reserve()) return std::unexpected(error);
  return waiter;
}

void pause(unsigned round) noexcept {
  if (round < 64)
    std::this_thread::yield();
  else
    ::Sleep(1);
}

}  // namespace mtcp::sys
