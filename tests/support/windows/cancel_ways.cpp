#include "support/cancel_ways.hpp"

#include <chrono>
#include <thread>

namespace mtcp::test {

namespace {

// Handlers of console events are threads like others.
constexpr Way ways[] = {Way::OtherThread};

}  // namespace

std::span<const Way> all_ways() {
  return ways;
}

std::string_view name_of(Way) {
  return "OtherThread";
}

CancelBy::CancelBy(Way way, const TcpCanceller& canceller)
    : way_(way), canceller_(canceller), ended_() {}

CancelBy::~CancelBy() = default;

void CancelBy::operator()() const {
  canceller_.cancel();
}

void CancelBy::await() const {
  while (!canceller_.cancelled()) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

void CancelBy::and_wait() const {
  std::thread([this] { (*this)(); }).join();
  await();
}

}  // namespace mtcp::test
