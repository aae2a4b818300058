#include "spin.hpp"

#include <thread>

#include "sys/waiter.hpp"

namespace mtcp::detail {

namespace {

std::atomic<unsigned> spinning{0};

/// Takes a place among those that spin, if there is one.
bool enter() noexcept {
  static const unsigned places = std::thread::hardware_concurrency() / 2;
  if (spinning.fetch_add(1, std::memory_order_relaxed) < places) return true;
  spinning.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

Spin::Spin(SpinHistory* history, std::chrono::nanoseconds longest) noexcept : history_(nullptr) {
  if (!history || longest == longest.zero() || !history->is_due() || !enter()) return;
  history_ = history;
  end_ = std::chrono::steady_clock::now() + longest;
}

Spin::~Spin() {
  if (history_) spinning.fetch_sub(1, std::memory_order_relaxed);
}

bool Spin::goes_on() noexcept {
  if (!history_) return false;
  if (std::chrono::steady_clock::now() < end_) {
    sys::relax();
    return true;
  }
  history_->failed();
  return false;
}

}  // namespace mtcp::detail
