#include "support/cancel_ways.hpp"

#include <atomic>
#include <chrono>
#include <pthread.h>
#include <signal.h>
#include <string_view>
#include <thread>

namespace mtcp::test {

namespace {

constexpr bool under_thread_sanitizer = std::string_view(MTCP_SANITIZE).contains("thread");

std::atomic<const TcpCanceller*> target{nullptr};

std::atomic<unsigned> handled{0};

void cancel_target(int) {
  if (const TcpCanceller* canceller = target.load()) canceller->cancel();
  ++handled;
}

constexpr Way ways[] = {Way::OtherThread, Way::OwnHandler, Way::OtherHandler};

}  // namespace

std::span<const Way> all_ways() {
  return ways;
}

std::string_view name_of(Way way) {
  switch (way) {
    case Way::OtherThread:
      return "OtherThread";
    case Way::OwnHandler:
      return "OwnHandler";
    case Way::OtherHandler:
      return "OtherHandler";
  }
  return "";
}

CancelBy::CancelBy(Way way, const TcpCanceller& canceller)
    : way_(way), canceller_(canceller), ended_(::pthread_self()) {
  target = &canceller_;
  struct sigaction action = {};
  action.sa_handler = cancel_target;  // without SA_RESTART: the harder case
  ::sigaction(SIGUSR1, &action, nullptr);
}

CancelBy::~CancelBy() {
  struct sigaction action = {};
  action.sa_handler = SIG_IGN;  // also drops one that is pending
  ::sigaction(SIGUSR1, &action, nullptr);
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGUSR1, &action, nullptr);
  target = nullptr;
}

void CancelBy::operator()() const {
  if (way_ == Way::OtherThread) {
    canceller_.cancel();
    return;
  }
  const auto thread = way_ == Way::OwnHandler ? ended_ : ::pthread_self();
  const unsigned before = handled.load();
  ::pthread_kill(thread, SIGUSR1);
  // The thread sanitizer now and then loses a signal, and its handler never runs.
  for (int waited = 0; under_thread_sanitizer && handled.load() == before; ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (waited % 500 == 499) ::pthread_kill(thread, SIGUSR1);
  }
}

void CancelBy::await() const {
  // In a system call: there the thread sanitizer lets handlers run.
  while (!canceller_.cancelled()) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

void CancelBy::and_wait() const {
  std::thread([this] { (*this)(); }).join();
  await();
}

}  // namespace mtcp::test
