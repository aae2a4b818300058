#include "sys/windows/wait_spot.hpp"

#include <new>

#include "sys/windows/afd.hpp"
#include "sys/windows/clones.hpp"
#include "sys/windows/error.hpp"
#include "sys/windows/per_thread.hpp"

namespace mtcp::sys {

namespace {

constinit std::atomic<WaitSpot*> first{nullptr};
constinit std::atomic<std::uint64_t> shutdowns{0};

/// One that is not late by a tick of the system's clock, which is up to 16 ms, where there is such.
HANDLE make_timer() noexcept {
  constexpr DWORD high_resolution = 2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, Windows 10 1803
  constexpr DWORD access = SYNCHRONIZE | TIMER_MODIFY_STATE;
  const HANDLE timer = ::CreateWaitableTimerExW(nullptr, nullptr, high_resolution, access);
  return timer ? timer : ::CreateWaitableTimerExW(nullptr, nullptr, 0, access);
}

}  // namespace

Expected<WaitSpot*> WaitSpot::mine() noexcept {
  static PerThread<WaitSpot> own(give_back);
  auto* spot = own.get();
  if (!spot) {
    spot = take_free();
    if (!spot) return std::unexpected(make_error(std::errc::not_enough_memory));
    if (!own.set(spot)) {
      give_back(spot);
      return std::unexpected(make_error(std::errc::not_enough_memory));
    }
  }
  if (const auto error = spot->open()) return std::unexpected(error);
  return spot;
}

void WaitSpot::give_back(void* spot) noexcept {
  static_cast<WaitSpot*>(spot)->taken_.store(false);
}

WaitSpot* WaitSpot::take_free() noexcept {
  for (WaitSpot* spot = first.load(); spot; spot = spot->next_)
    if (!spot->taken_.exchange(true)) return spot;
  auto* made = new (std::nothrow) WaitSpot;
  if (!made) return nullptr;
  made->next_ = first.load();
  while (!first.compare_exchange_weak(made->next_, made)) {
  }
  return made;
}

/// Makes what it does not have yet: there may not have been enough for all the last time.
std::error_code WaitSpot::open() noexcept {
  if (timer_) return {};
  if (!driver_) driver_ = open_afd();
  if (driver_ && !answered_) answered_ = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (answered_ && !interrupted_) interrupted_ = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
  if (interrupted_) timer_ = make_timer();
  return timer_ ? std::error_code() : last_error();
}

bool WaitSpot::waits_for(NativeHandle handle) const noexcept {
  const std::size_t count = watched_.load();
  for (std::size_t i = 0; i < count; ++i)
    if (clones::are_same(handle, handles_[i].load())) return true;
  return false;
}

Watching::Watching(WaitSpot& spot, std::span<const Interest> interests) noexcept : spot_(spot) {
  for (std::size_t i = 0; i < interests.size(); ++i)
    spot.handles_[i].store(static_cast<std::uintptr_t>(interests[i].handle));
  spot.watched_.store(interests.size());
}

bool Watching::missed_shutdown() noexcept {
  const std::uint64_t now = shutdowns.load();
  return std::exchange(spot_.seen_, now) != now && spot_.watched_.load() != 0;
}

void interrupt_waits(NativeHandle handle) noexcept {
  shutdowns.fetch_add(1);  // before it looks: whoever is not seen to wait yet will see this
  for (WaitSpot* spot = first.load(); spot; spot = spot->next_)
    if (spot->waits_for(handle)) ::SetEvent(spot->interrupted_);
}

}  // namespace mtcp::sys
