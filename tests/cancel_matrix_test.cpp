#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/blocking_operation.hpp"
#include "support/cancel_ways.hpp"
#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

// Every operation, cancelled before it starts, while it is parked and while it is just doing its
// work; by another thread, by a signal handler in its own thread and by one in another; through its
// own manager and through its manager's parent.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

enum class Level { Own, Parent };

/// The manager of an operation, and the one that is cancelled.
struct Managers {
  TcpManager root = make_manager();
  TcpManager own;

  explicit Managers(Level level) : own(level == Level::Own ? root : or_raise(root.child())) {}
};

void expect_cancelled(const Result<void>& outcome) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), TcpError::Kind::Cancelled) << outcome.error().message();
}

class CancelMatrix : public ::testing::TestWithParam<std::tuple<OperationKind, Way>> {
 protected:
  const OperationKind& kind() const { return std::get<OperationKind>(GetParam()); }
  Way way() const { return std::get<Way>(GetParam()); }

  /// Runs `scenario` once for each level; no descriptor may be left over.
  template <class Scenario>
  void on_each_level(Scenario scenario) {
    for (const Level level : {Level::Own, Level::Parent}) {
      SCOPED_TRACE(level == Level::Own ? "own manager" : "parent manager");
      const DescriptorGuard descriptors;
      const Managers managers(level);
      scenario(managers, CancelBy(way(), managers.root.canceller()));
    }
  }

  /// One round of operation against cancel, with nothing to keep the operation from succeeding.
  void race(const Managers& managers, const CancelBy& cancel, int round) {
    const auto operation = kind().make(managers.own, Obstacle::Absent);
    std::atomic<bool> started{false};
    std::jthread other([&] {
      while (!started) std::this_thread::yield();
      const bool cancel_last = round % 2 == 0;
      if (cancel_last) operation->let_go();
      for (const Deadline moment(round * 3us); !moment.expired();) continue;
      cancel();
      if (!cancel_last) operation->let_go();
    });
    started = true;
    const auto outcome = operation->run();
    other.join();
    cancel.await();
    EXPECT_TRUE(managers.root.restart());
    if (!outcome) expect_cancelled(outcome);
    operation->finish(outcome);
  }
};

TEST_P(CancelMatrix, CancelledBefore) {  // C01
  on_each_level([&](const Managers& managers, const CancelBy& cancel) {
    const auto operation = kind().make(managers.own, Obstacle::Absent);
    cancel.and_wait();
    for (int i = 0; i < 2; ++i) {
      const auto outcome = operation->run();
      expect_cancelled(outcome);
      EXPECT_EQ(outcome.error().transferred(), 0U);
    }
    EXPECT_TRUE(managers.root.restart());
    operation->let_go();
    operation->finish(operation->run());
  });
}

TEST_P(CancelMatrix, CancelledWhileParked) {
  on_each_level([&](const Managers& managers, const CancelBy& cancel) {
    const auto operation = kind().make(managers.own, Obstacle::Present);
    std::jthread other([&] {
      wait_until_parked(managers.own);
      cancel();
    });
    const auto outcome = operation->run();
    other.join();
    cancel.await();
    expect_cancelled(outcome);
    EXPECT_TRUE(managers.root.cancelled());
    EXPECT_EQ(parked(managers.root), 0U);
    EXPECT_TRUE(managers.root.restart());
    operation->let_go();
    operation->finish(outcome);
  });
}

TEST_P(CancelMatrix, CancelledAtWork) {
  on_each_level([&](const Managers& managers, const CancelBy& cancel) {
    for (int round = 0; round < 8 && !HasFailure(); ++round) race(managers, cancel, round);
  });
}

INSTANTIATE_TEST_SUITE_P(Cancel, CancelMatrix,
                         ::testing::Combine(::testing::ValuesIn(all_operations().begin(),
                                                                all_operations().end()),
                                            ::testing::ValuesIn(all_ways())),
                         [](const auto& parameters) {
                           return std::string(std::get<OperationKind>(parameters.param).name) +
                                  "By" + std::string(name_of(std::get<Way>(parameters.param)));
                         });

}  // namespace
}  // namespace mtcp::test
