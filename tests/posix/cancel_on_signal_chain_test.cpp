#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <future>
#include <optional>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"
#include "support/posix/signal_handler.hpp"
#include "support/system_calls.hpp"

// CancelOnSignal among other handlers that pass signals on, each in a process of its own.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

CancelOnSignal install(const TcpManager& manager, std::initializer_list<int> signals) {
  return or_raise(CancelOnSignal::install(manager.canceller(), signals));
}

/// A handler that somebody puts on top of ours, and that calls ours.
Disposition below = {};
int chained = 0;

void chain(int signal, siginfo_t* info, void* context) {
  ++chained;
  below.sa_sigaction(signal, info, context);
}

void put_on_top(int signal, void (*handler)(int, siginfo_t*, void*) = chain) {
  Disposition action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(signal, &action, &below);
}

/// Raises SIGUSR1, which cancels nothing new; the handler on top and the one below run once each.
void expect_whole_chain() {
  const int before = counted();
  chained = 0;
  ::raise(SIGUSR1);
  EXPECT_EQ(chained, 1);
  EXPECT_EQ(counted(), before + 1);
}

TEST(CancelOnSignalChain, LeavesAHandlerOnTopOfItAlone) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    set_disposition(SIGUSR1, counting());
    {
      const auto guard = install(manager, {SIGUSR1});
      put_on_top(SIGUSR1);
      ::raise(SIGUSR1);
      EXPECT_TRUE(manager.cancelled());
      EXPECT_EQ(chained, 1);
      EXPECT_EQ(counted(), 0);
      expect_whole_chain();
    }
    EXPECT_EQ(disposition(SIGUSR1).sa_sigaction, chain);
    manager.restart();
    expect_whole_chain();
    EXPECT_FALSE(manager.cancelled());
    return 0;
  });
}

TEST(CancelOnSignalChain, MayBeBelowAndOnTopOfAnotherHandlerAtOnce) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    manager.canceller().cancel();
    set_disposition(SIGUSR1, counting());
    std::optional<CancelOnSignal> guard = install(manager, {SIGUSR1});
    put_on_top(SIGUSR1);
    for (int i = 0; i < 4; ++i) {
      SCOPED_TRACE(i);
      guard.reset();
      expect_whole_chain();
      guard.emplace(install(manager, {SIGUSR1}));
      expect_whole_chain();
      EXPECT_TRUE(manager.restart());
      ::raise(SIGUSR1);
      EXPECT_TRUE(manager.cancelled());
    }
    return 0;
  });
}

TEST(CancelOnSignalChain, LetsTheSecondSignalEndTheProgramThroughAHandlerOnTop) {
  const auto ending = run_in_child([] {
    const auto manager = make_manager();
    const auto guard = install(manager, {SIGUSR1});
    put_on_top(SIGUSR1);
    ::raise(SIGUSR1);
    if (!manager.cancelled()) return 1;
    ::raise(SIGUSR1);
    return 2;
  });
  EXPECT_EQ(ending.signal, SIGUSR1);
}

/// As chain(), for any number of threads at once.
std::atomic<int> chained_anywhere = 0;

void chain_in_any_thread(int signal, siginfo_t* info, void* context) {
  ++chained_anywhere;
  below.sa_sigaction(signal, info, context);
}

TEST(CancelOnSignalChain, IsWalkedByEachOfManyThreadsByItself) {
  expect_success_in_child([] {
    constexpr int threads = 8;
    constexpr int signals = 500;
    const auto manager = make_manager();
    manager.canceller().cancel();
    set_disposition(SIGUSR1, counting());
    std::optional<CancelOnSignal> guard = install(manager, {SIGUSR1});
    put_on_top(SIGUSR1, chain_in_any_thread);
    guard.reset();
    guard.emplace(install(manager, {SIGUSR1}));
    {
      std::vector<std::jthread> all;
      for (int i = 0; i < threads; ++i)
        all.emplace_back([] {
          for (int j = 0; j < signals; ++j) ::raise(SIGUSR1);
        });
    }
    EXPECT_EQ(chained_anywhere, threads * signals);
    EXPECT_EQ(counted(), threads * signals);
    return 0;
  });
}

void raise_another(int) {
  ::raise(SIGUSR2);
}

TEST(CancelOnSignalChain, PassesOnASignalThatThePreviousHandlerOfAnotherRaises) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    manager.canceller().cancel();
    Disposition raising = {};
    raising.sa_handler = raise_another;
    set_disposition(SIGUSR1, raising);
    set_disposition(SIGUSR2, counting());
    const auto guard = install(manager, {SIGUSR1, SIGUSR2});
    ::raise(SIGUSR1);
    EXPECT_EQ(counted(), 1);
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
