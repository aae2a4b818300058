#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/blocking_operation.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// One of each operation, all parked on one manager.
class AllParked {
 public:
  explicit AllParked(const TcpManager& manager) {
    for (const OperationKind& kind : all_operations())
      operations_.push_back(kind.make(manager, Obstacle::Present));
    for (auto& operation : operations_)
      outcomes_.push_back(
          std::async(std::launch::async, [&operation] { return operation->run(); }));
    wait_until_parked(manager, static_cast<unsigned>(operations_.size()));
  }

  /// All end as Cancelled, and can go on.
  void expect_cancelled() {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      SCOPED_TRACE(all_operations()[i].name);
      const auto outcome = outcomes_[i].get();
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().kind(), TcpError::Kind::Cancelled) << outcome.error().message();
      operations_[i]->let_go();
      operations_[i]->finish(outcome);
    }
  }

 private:
  std::vector<std::unique_ptr<BlockingOperation>> operations_;
  std::vector<std::future<Result<void>>> outcomes_;
};

TEST(Restart, RightAfterTheCancelLeavesNoOperationBehind) {
  const DescriptorGuard descriptors;
  const auto manager = make_manager();
  AllParked all(manager);
  EXPECT_TRUE(manager.canceller().cancel());
  EXPECT_TRUE(manager.restart());
  EXPECT_FALSE(manager.cancelled());
  all.expect_cancelled();
}

TEST(Restart, OfAnAncestorRightAfterTheCancelLeavesNoOperationBehind) {
  const DescriptorGuard descriptors;
  const auto root = make_manager();
  const auto grandchild = or_raise(or_raise(root.child()).child());
  AllParked all(grandchild);
  EXPECT_TRUE(root.canceller().cancel());
  EXPECT_TRUE(root.restart());
  all.expect_cancelled();
}

TEST(Restart, InAThreadOfItsOwnLeavesNoOperationBehindEither) {
  const auto manager = make_manager();
  std::atomic<bool> over{false};
  std::jthread restarter([&] {
    while (!over) manager.restart();
  });
  for (int round = 0; round < 50; ++round) {
    while (manager.cancelled()) std::this_thread::yield();
    std::array<std::future<Result<void>>, 3> sleepers;
    for (auto& sleeper : sleepers)
      sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
    wait_until_parked(manager, 3);
    manager.canceller().cancel();
    for (auto& sleeper : sleepers) {
      const auto outcome = sleeper.get();
      ASSERT_TRUE(!outcome && outcome.error().cancelled());
    }
  }
  over = true;
}

/// A thread that is kept, by the judge of system calls, between the check and the wait.
class HeldBeforeWaiting {
 public:
  SystemCallJudge::Judge judge() {
    return [this](const SystemCall& call) {
      if (call.name == "ppoll" && !held_.exchange(true)) {
        arrived_.count_down();
        released_.wait();
      }
      return Verdict::pass();
    };
  }
  void wait_until_held() { arrived_.wait(); }
  void release() { released_.count_down(); }

 private:
  std::atomic<bool> held_{false};
  std::latch arrived_{1};
  std::latch released_{1};
};

TEST(Restart, WaitsForThreadsThatHaveNotWokenYet) {
  const auto manager = make_manager();
  HeldBeforeWaiting held;
  const SystemCallJudge judge(held.judge());
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  held.wait_until_held();
  manager.canceller().cancel();
  std::atomic<bool> restarted{false};
  auto restarter = std::async(std::launch::async, [&] {
    const bool was_set = manager.restart();
    restarted = true;
    return was_set;
  });
  std::this_thread::sleep_for(20ms);  // it could end by then, if it did not wait
  EXPECT_FALSE(restarted);
  EXPECT_TRUE(manager.cancelled());
  held.release();
  EXPECT_TRUE(restarter.get());
  const auto outcome = sleeper.get();
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().cancelled());
}

TEST(Restart, EndsAnOperationThatDidNotWaitAtThatMoment) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  give(client, "abc");
  std::string text;
  const auto outcome = server.read_all(text, {.timeout = 60s}, [&](std::string_view) {
    manager.canceller().cancel();
    manager.restart();
    return false;
  });
  ASSERT_FALSE(outcome);
  EXPECT_TRUE(outcome.error().cancelled());
  EXPECT_EQ(text, "abc");
}

TEST(Restart, LosesNoCancelThatComesMeanwhile) {
  const auto manager = make_manager();
  const auto canceller = manager.canceller();
  HeldBeforeWaiting held;
  const SystemCallJudge judge(held.judge());
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  held.wait_until_held();
  canceller.cancel();
  auto restarter = std::async(std::launch::async, [&] { return manager.restart(); });
  while (!canceller.cancel()) std::this_thread::yield();  // newly set: the restart has begun
  held.release();
  EXPECT_TRUE(restarter.get());
  EXPECT_TRUE(manager.cancelled());
  EXPECT_FALSE(canceller.cancel());
  EXPECT_TRUE(sleeper.get().error().cancelled());
  const auto late = manager.sleep(60s);
  EXPECT_TRUE(!late && late.error().cancelled());
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(manager.sleep(1ms));
}

TEST(Restart, IsNotHeldUpByThreadsThatCancelAgainAndAgain) {
  const auto manager = make_manager();
  std::atomic<bool> over{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 12; ++i)
    threads.emplace_back([&, canceller = manager.canceller()] {
      while (!over) canceller.cancel();
    });
  for (int i = 0; i < 20; ++i) EXPECT_LT(elapsed([&] { manager.restart(); }), 2s);
  over = true;
}

TEST(Restart, LeavesThreadsAsleep) {  // no wake event stays set
  const auto manager = make_manager();
  const auto child = or_raise(manager.child());
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> waits{0};
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name == "ppoll") ++waits;
      return Verdict::pass();
    });
    std::vector<std::future<Result<void>>> sleepers;
    for (unsigned i = 1; i <= 8; ++i) {
      const TcpManager& tied = i % 2 == 0 ? manager : child;
      sleepers.push_back(std::async(std::launch::async, [&tied] { return tied.sleep(60s); }));
      wait_until_parked(manager, i);
    }
    or_raise(manager.sleep(50ms));
    EXPECT_LE(waits, 8 + 4) << "the last of them may wait in a few parts";
    manager.canceller().cancel();
    manager.restart();
    for (auto& sleeper : sleepers) EXPECT_TRUE(sleeper.get().error().cancelled());
  }
}

TEST(Restart, OfAnIdleManagerCostsNothingLater) {
  const auto manager = make_manager();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(manager.canceller().cancel());
    EXPECT_TRUE(manager.restart());
  }
  EXPECT_LT(processor_time([&] { or_raise(manager.sleep(100ms)); }), 50ms);
}

}  // namespace
}  // namespace mtcp::test
