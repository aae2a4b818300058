#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/system_calls.hpp"
#include "support/windows/console_events.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr DWORD interrupts[] = {CTRL_C_EVENT, CTRL_BREAK_EVENT};
constexpr DWORD endings[] = {CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT};

CancelOnSignal install(const TcpManager& manager, std::initializer_list<int> signals) {
  return or_raise(CancelOnSignal::install(manager.canceller(), signals));
}

/// To this process and whoever has its console.
void press_ctrl_c() {
  ASSERT_TRUE(::GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) << ::GetLastError();
}

// The real event, which only a process with a console gets.

TEST(CancelOnSignal, EndsWhatIsParkedWhenCtrlCIsPressed) {
  if (!is_run_again()) {
    EXPECT_EQ(run_again_in_a_console(), 0U);
    return;
  }
  const auto manager = make_manager();
  const auto guard = or_raise(CancelOnSignal::install(manager.canceller()));
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  wait_until_parked(manager);
  press_ctrl_c();
  EXPECT_TRUE(error_of(sleeper.get()).cancelled());
}

TEST(CancelOnSignal, LetsTheSecondCtrlCEndTheProgram) {
  constexpr int outlived = 77;
  if (!is_run_again()) {
    const auto code = run_again_in_a_console();
    // Windows says why it has ended the program, Wine says nothing.
    EXPECT_TRUE(code == DWORD(STATUS_CONTROL_C_EXIT) || code == 0) << code;
    return;
  }
  const auto manager = make_manager();
  const auto other = make_manager();
  const auto guard = or_raise(CancelOnSignal::install(manager.canceller()));
  press_ctrl_c();
  if (manager.sleep(60s)) std::_Exit(outlived);
  press_ctrl_c();
  static_cast<void>(other.sleep(30s));
  std::_Exit(outlived);
}

// What the library's handler does with each event.

TEST(CancelOnSignal, TakesCtrlCAndCtrlBreakForSigint) {
  const auto manager = make_manager();
  const auto guard = install(manager, {SIGINT});
  for (const DWORD event : interrupts) {
    EXPECT_TRUE(is_taken_by_a_handler(event));
    EXPECT_TRUE(manager.restart());
  }
  for (const DWORD event : endings) EXPECT_FALSE(is_taken_by_a_handler(event));
  EXPECT_FALSE(manager.cancelled());
}

// The system ends the process as soon as the handler returns.
TEST(CancelOnSignal, HoldsUpTheEndOfTheProcessWhenItIsToldToEnd) {
  const auto manager = make_manager();
  const auto guard = install(manager, {SIGTERM});
  for (const DWORD event : endings) {
    EXPECT_TRUE(is_held_by_a_handler(event));
    EXPECT_TRUE(manager.restart());
  }
  for (const DWORD event : interrupts) EXPECT_FALSE(is_taken_by_a_handler(event));
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnSignal, PassesOnWhatNewlyCancelsNothing) {
  const auto manager = make_manager();
  const auto other = make_manager();
  const auto guard = install(manager, {SIGINT, SIGTERM});
  const auto guard_of_other = install(other, {SIGINT});
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
  EXPECT_TRUE(manager.cancelled() && other.cancelled());
  EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
  EXPECT_FALSE(is_taken_by_a_handler(CTRL_CLOSE_EVENT));
  other.restart();
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));  // one of two is news
  EXPECT_TRUE(other.cancelled());
}

TEST(CancelOnSignal, UsesCancellersInTurn) {
  const auto first = make_manager();
  const auto second = make_manager();
  const auto guard =
      or_raise(CancelOnSignal::install_in_turn({first.canceller(), second.canceller()}));
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
  EXPECT_TRUE(first.cancelled() && !second.cancelled());
  EXPECT_TRUE(is_held_by_a_handler(CTRL_CLOSE_EVENT));
  EXPECT_TRUE(second.cancelled());
  EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
}

TEST(CancelOnSignal, MayGoInAnyOrder) {
  constexpr std::array<std::array<unsigned, 3>, 6> orders = {
      {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};
  for (const auto& order : orders) {
    const std::array managers = {make_manager(), make_manager(), make_manager()};
    std::array<std::optional<CancelOnSignal>, 3> guards;
    for (unsigned i = 0; i < 3; ++i) guards[i].emplace(install(managers[i], {SIGINT}));
    std::array<bool, 3> gone{};
    for (const unsigned next : order) {
      EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
      for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(managers[i].restart(), !gone[i]);
      guards[next].reset();
      gone[next] = true;
    }
    EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
  }
}

TEST(CancelOnSignal, Moves) {
  const auto manager = make_manager();
  const auto other = make_manager();
  auto guard = install(manager, {SIGINT});
  CancelOnSignal moved(std::move(guard));
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
  EXPECT_TRUE(manager.restart());
  auto second = install(other, {SIGINT});
  second = std::move(moved);
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
  EXPECT_TRUE(manager.cancelled());
  EXPECT_FALSE(other.cancelled());
}

TEST(CancelOnSignal, SaysWhichSignalIsImpossibleAndLeavesNothingBehind) {
  const auto manager = make_manager();
  for (const int impossible : {0, -1, SIGABRT, SIGSEGV, 21, 1000, INT_MIN, INT_MAX}) {
    const auto refused =
        CancelOnSignal::install(manager.canceller(), {SIGINT, impossible, SIGTERM});
    const auto error = error_of(refused);
    EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
    EXPECT_EQ(error, std::errc::invalid_argument);
    EXPECT_NE(error.message().find(std::to_string(impossible)), std::string::npos);
    EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
  }
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnSignal, TakesNoneAndTakesOneTwice) {
  const auto manager = make_manager();
  {
    const auto none = install(manager, {});
    EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
  }
  const auto guard = install(manager, {SIGINT, SIGINT});
  EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
}

TEST(CancelOnSignal, FailsCleanlyWhereverTheSystemFails) {
  const auto manager = make_manager();
  unsigned failures = 0;
  fail_each_call(ENOMEM, [&] {
    const auto guard = CancelOnSignal::install(manager.canceller(), {SIGINT});
    if (guard) {
      EXPECT_TRUE(is_taken_by_a_handler(CTRL_C_EVENT));
      EXPECT_TRUE(manager.restart());
      return;
    }
    ++failures;
    EXPECT_EQ(guard.error(), std::errc::not_enough_memory);
    EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
  });
  EXPECT_EQ(failures, 1U);
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnSignal, MayBeInstalledAndGoInManyThreadsWhileEventsArrive) {
  std::atomic<bool> over{false};
  std::jthread sender([&] {
    while (!over) is_taken_by_a_handler(CTRL_C_EVENT);
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([] {
      for (int round = 0; round < 100; ++round) {
        const auto manager = make_manager();
        const auto guard = install(manager, {SIGINT});
      }
    });
  threads.clear();
  over = true;
  sender.join();
  EXPECT_FALSE(is_taken_by_a_handler(CTRL_C_EVENT));
}

}  // namespace
}  // namespace mtcp::test
