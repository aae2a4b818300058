#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <future>
#include <optional>
#include <semaphore.h>
#include <signal.h>
#include <string>
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

// What CancelOnSignal does to a process, each in a process of its own.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

CancelOnSignal install(const TcpManager& manager, std::initializer_list<int> signals) {
  return or_raise(CancelOnSignal::install(manager.canceller(), signals));
}

TEST(CancelOnSignal, EndsWhatIsParkedInOtherThreads) {
  for (const int signal : {SIGINT, SIGTERM})
    expect_success_in_child([&] {
      const auto manager = make_manager();
      const auto guard = or_raise(CancelOnSignal::install(manager.canceller()));
      auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
      wait_until_parked(manager);
      ::kill(::getpid(), signal);
      EXPECT_TRUE(error_of(sleeper.get()).cancelled());
      EXPECT_TRUE(manager.cancelled());
      return 0;
    });
}

TEST(CancelOnSignal, LetsTheSecondSignalEndTheProgram) {
  for (const auto& [first, second] : {std::pair(SIGINT, SIGINT), std::pair(SIGTERM, SIGTERM),
                                      std::pair(SIGINT, SIGTERM), std::pair(SIGTERM, SIGINT)}) {
    const auto ending = run_in_child([&] {
      const auto manager = make_manager();
      const auto guard = or_raise(CancelOnSignal::install(manager.canceller()));
      ::raise(first);
      if (!manager.cancelled()) return 1;
      ::raise(second);
      return 2;
    });
    EXPECT_EQ(ending.signal, second);
  }
}

TEST(CancelOnSignal, CancelsAgainAfterARestart) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto guard = install(manager, {SIGINT});
    for (int i = 0; i < 100; ++i) {
      ::raise(SIGINT);
      EXPECT_TRUE(manager.restart());
    }
    return 0;
  });
}

TEST(CancelOnSignal, PutsEachKindOfPreviousDispositionBack) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    for (const auto& before : {ignoring(), defaulting(), counting(), counting_with_info()}) {
      set_disposition(SIGUSR1, before);
      {
        const auto guard = install(manager, {SIGUSR1});
        EXPECT_FALSE(same(disposition(SIGUSR1), before));
      }
      EXPECT_TRUE(same(disposition(SIGUSR1), before));
    }
    return 0;
  });
}

TEST(CancelOnSignal, MayGoInAnyOrder) {
  constexpr std::array<std::array<unsigned, 3>, 6> orders = {
      {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};
  expect_success_in_child([&] {
    set_disposition(SIGUSR1, counting());
    for (const auto& order : orders) {
      const std::array managers = {make_manager(), make_manager(), make_manager()};
      std::array<std::optional<CancelOnSignal>, 3> guards;
      for (unsigned i = 0; i < 3; ++i) guards[i].emplace(install(managers[i], {SIGUSR1}));
      std::array<bool, 3> gone{};
      for (const unsigned next : order) {
        ::raise(SIGUSR1);
        for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(managers[i].restart(), !gone[i]);
        guards[next].reset();
        gone[next] = true;
      }
      EXPECT_EQ(counted(), 0);
      EXPECT_TRUE(same(disposition(SIGUSR1), counting()));
    }
    return 0;
  });
}

TEST(CancelOnSignal, PassesOnWhatNewlyCancelsNothing) {
  expect_success_in_child([] {
    set_disposition(SIGUSR1, counting());
    const auto manager = make_manager();
    const auto other = make_manager();
    const auto guard = install(manager, {SIGUSR1});
    const auto same_again = install(manager, {SIGUSR1});
    const auto guard_of_other = install(other, {SIGUSR1});
    ::raise(SIGUSR1);
    EXPECT_TRUE(manager.cancelled() && other.cancelled());
    EXPECT_EQ(counted(), 0);
    ::raise(SIGUSR1);
    EXPECT_EQ(counted(), 1);
    other.restart();
    ::raise(SIGUSR1);  // one of two is news
    EXPECT_EQ(counted(), 1);
    EXPECT_TRUE(other.cancelled());
    return 0;
  });
}

TEST(CancelOnSignal, PassesOnAllThatTheSystemToldAndNothingToThoseThatIgnore) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    manager.canceller().cancel();
    set_disposition(SIGUSR1, counting_with_info());
    set_disposition(SIGUSR2, ignoring());
    const auto guard = install(manager, {SIGUSR1, SIGUSR2});
    sigval value{};
    value.sival_int = 4711;
    ::sigqueue(::getpid(), SIGUSR1, value);
    EXPECT_EQ(counted(), 1);
    EXPECT_EQ(last_value(), 4711);
    ::raise(SIGUSR2);
    EXPECT_EQ(counted(), 1);
    return 0;
  });
}

TEST(CancelOnSignal, LeavesSignalsWithoutEffectWithoutEffect) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto guard = install(manager, {SIGCHLD, SIGWINCH});
    for (const int signal : {SIGCHLD, SIGWINCH}) {
      for (int i = 0; i < 3; ++i) ::raise(signal);
      EXPECT_TRUE(manager.restart());
      ::raise(signal);  // still ours
      EXPECT_TRUE(manager.restart());
    }
    return 0;
  });
}

TEST(CancelOnSignal, SaysWhichSignalIsImpossibleAndLeavesNothingBehind) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    for (const int impossible : {0, -1, SIGKILL, SIGSTOP, 32, 33, 65, 1000, INT_MIN, INT_MAX}) {
      const auto refused =
          CancelOnSignal::install(manager.canceller(), {SIGUSR1, impossible, SIGUSR2});
      const auto error = error_of(refused);
      EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
      EXPECT_EQ(error, std::errc::invalid_argument);
      EXPECT_NE(error.message().find(std::to_string(impossible)), std::string::npos);
      for (const int signal : {SIGUSR1, SIGUSR2})
        EXPECT_TRUE(same(disposition(signal), defaulting()));
    }
    set_disposition(SIGUSR1, counting());
    ::raise(SIGUSR1);
    EXPECT_EQ(counted(), 1);
    EXPECT_FALSE(manager.cancelled());
    return 0;
  });
}

TEST(CancelOnSignal, TakesNoneAndTakesOneTwice) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    set_disposition(SIGUSR1, counting());
    {
      const auto none = install(manager, {});
      EXPECT_TRUE(same(disposition(SIGINT), defaulting()));
      const std::vector<int> twice = {SIGUSR1, SIGUSR1};
      const auto guard = or_raise(CancelOnSignal::install(manager.canceller(), twice));
      ::raise(SIGUSR1);
      EXPECT_TRUE(manager.restart());
    }
    EXPECT_TRUE(same(disposition(SIGUSR1), counting()));
    return 0;
  });
}

TEST(CancelOnSignal, Moves) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto other = make_manager();
    auto guard = install(manager, {SIGUSR1});
    CancelOnSignal moved(std::move(guard));
    ::raise(SIGUSR1);
    EXPECT_TRUE(manager.restart());
    auto second = install(other, {SIGUSR2});
    second = std::move(moved);
    EXPECT_TRUE(same(disposition(SIGUSR2), defaulting()));
    ::raise(SIGUSR1);
    EXPECT_TRUE(manager.restart());
    EXPECT_FALSE(other.cancelled());
    {
      const CancelOnSignal last = std::move(second);
    }
    EXPECT_TRUE(same(disposition(SIGUSR1), defaulting()));
    return 0;
  });
}

TEST(CancelOnSignal, KeepsErrnoAlsoFromThePreviousHandler) {
  expect_success_in_child([] {
    set_disposition(SIGUSR1, spoiling_errno());
    const auto manager = make_manager();
    const auto guard = install(manager, {SIGUSR1});
    for (int i = 0; i < 2; ++i) {
      errno = 12345;
      ::raise(SIGUSR1);
      EXPECT_EQ(errno, 12345);
    }
    EXPECT_EQ(counted(), 1);
    return 0;
  });
}

TEST(CancelOnSignal, DoesNotInterruptSystemCallsOfOtherCode) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto guard = install(manager, {SIGUSR1});
    sem_t semaphore;  // waiting for it fails with EINTR, unless the handler has SA_RESTART
    ::sem_init(&semaphore, 0, 0);
    std::jthread interrupter([&, waiter = ::pthread_self()] {
      for (int i = 0; i < 100; ++i) {
        ::pthread_kill(waiter, SIGUSR1);
        // Again after a while, since the thread sanitizer now and then loses one.
        for (int waited = 1; !manager.restart(); ++waited) {
          std::this_thread::sleep_for(1ms);
          if (waited % 500 == 0) ::pthread_kill(waiter, SIGUSR1);
        }
      }
      ::sem_post(&semaphore);
    });
    EXPECT_EQ(::sem_wait(&semaphore), 0);
    return 0;
  });
}

TEST(CancelOnSignal, FailsCleanlyWhereverTheSystemFails) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const unsigned calls = fail_each_call(EPERM, [&] {
      const auto guard = CancelOnSignal::install(manager.canceller(), {SIGUSR1, SIGUSR2, SIGWINCH});
      if (guard) return;
      EXPECT_EQ(guard.error(), std::errc::operation_not_permitted);
      for (const int signal : {SIGUSR1, SIGUSR2, SIGWINCH})
        EXPECT_TRUE(same(disposition(signal), defaulting()));
    });
    EXPECT_GE(calls, 6U);
    return 0;
  });
}

TEST(CancelOnSignal, MayBeInstalledAndGoInManyThreadsWhileSignalsArrive) {
  expect_success_in_child([] {
    set_disposition(SIGUSR1, counting());
    {
      std::atomic<bool> over{false};
      std::jthread sender([&] {
        while (!over) ::kill(::getpid(), SIGUSR1);
      });
      std::vector<std::jthread> threads;
      for (int i = 0; i < 3; ++i)
        threads.emplace_back([] {
          for (int round = 0; round < 300; ++round) {
            const auto manager = make_manager();
            const auto guard = install(manager, {SIGUSR1});
          }
        });
      threads.clear();
      over = true;
    }
    EXPECT_TRUE(same(disposition(SIGUSR1), counting()));
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
