#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <optional>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"
#include "support/system_calls.hpp"

// Law 9 while other threads are in the middle of something: a child has only the thread that
// forked, and nobody to finish what the others began.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// Threads that do the same again and again.
class Busy {
 public:
  Busy(int count, const std::function<void()>& action) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, action] {
        while (!over_) action();
      });
  }
  ~Busy() { over_ = true; }

 private:
  std::atomic<bool> over_{false};
  std::vector<std::jthread> threads_;
};

/// Forks again and again; each child does `in_child` and must end within a while.
void fork_often(int times, const std::function<void()>& in_child) {
  for (int i = 0; i < times && !::testing::Test::HasFailure(); ++i)
    expect_success_in_child([&] {
      ::signal(SIGALRM, SIG_DFL);
      ::alarm(30);
      in_child();
      return 0;
    });
}

/// What a child wants to do with a manager that it inherits.
void use(const TcpManager& manager) {
  manager.restart();
  EXPECT_TRUE(manager.sleep(100us));
  EXPECT_TRUE(manager.canceller().cancel());
  EXPECT_TRUE(error_of(manager.sleep(60s)).cancelled());
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(or_raise(manager.child()).sleep(100us));
}

TEST(ForkRace, WithThreadsThatParkCancelAndRestart) {
  const auto manager = make_manager();
  const Busy sleepers(2, [&] { static_cast<void>(manager.sleep(1ms)); });
  const Busy cancellers(1, [&] {
    manager.canceller().cancel();
    manager.restart();
  });
  fork_often(60, [&] { use(manager); });
}

TEST(ForkRace, WithThreadsThatMakeAndDestroyManagers) {
  const auto manager = make_manager();
  const Busy makers(2, [&] { static_cast<void>(or_raise(make_manager().child()).child()); });
  fork_often(60, [&] {
    use(manager);
    use(make_manager());
  });
}

TEST(ForkRace, WithThreadsThatInstallAndRemoveHandlers) {
  const auto manager = make_manager();
  std::optional guard = or_raise(CancelOnSignal::install(manager.canceller(), {SIGUSR1}));
  const Busy installers(2, [&] {
    const auto another = or_raise(CancelOnSignal::install(manager.canceller(), {SIGUSR2}));
  });
  fork_often(60, [&] {
    const auto own = or_raise(CancelOnSignal::install(manager.canceller(), {SIGUSR2}));
    ::raise(SIGUSR2);
    EXPECT_TRUE(manager.cancelled());
    guard.reset();
  });
}

TEST(ForkRace, WithThreadsInTheMiddleOfHandlers) {
  ::signal(SIGUSR1, SIG_IGN);
  const auto manager = make_manager();
  std::optional guard = or_raise(CancelOnSignal::install(manager.canceller(), {SIGUSR1}));
  const Busy raisers(2, [&] { ::raise(SIGUSR1); });
  fork_often(60, [&] {
    guard.reset();
    manager.restart();
    use(manager);
  });
}

TEST(ForkRace, WithASignalForTheChildRightAfterTheFork) {
  const auto manager = make_manager();
  const auto guard = or_raise(CancelOnSignal::install(manager.canceller(), {SIGUSR1}));
  std::atomic<int> waits{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "ppoll") ++waits;
    return Verdict::pass();
  });
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  wait_until_parked(manager);
  for (int i = 0; i < 100; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (!manager.cancelled()) ::usleep(100);
      ::_exit(0);
    }
    ::kill(child, SIGUSR1);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_FALSE(manager.cancelled());
  EXPECT_EQ(waits, 1);
  manager.canceller().cancel();
  EXPECT_TRUE(error_of(sleeper.get()).cancelled());
}

TEST(ForkRace, InTheMiddleOfARestart) {
  const auto manager = make_manager();
  std::latch held(1);
  std::latch released(1);
  std::atomic<bool> first{true};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "ppoll" && first.exchange(false)) {
      held.count_down();
      released.wait();
    }
    return Verdict::pass();
  });
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  held.wait();
  const auto canceller = manager.canceller();
  canceller.cancel();
  auto restarter = std::async(std::launch::async, [&] { return manager.restart(); });
  while (!canceller.cancel()) std::this_thread::yield();  // newly set: the restart has begun
  fork_often(1, [&] {
    EXPECT_TRUE(manager.cancelled());
    EXPECT_TRUE(manager.restart());
    use(manager);
  });
  released.count_down();
  EXPECT_TRUE(restarter.get());
  EXPECT_TRUE(error_of(sleeper.get()).cancelled());
  EXPECT_TRUE(manager.restart());
}

}  // namespace
}  // namespace mtcp::test
