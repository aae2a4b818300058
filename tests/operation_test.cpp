#include "operation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_waiter.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Operation;
using detail::Ticket;
using sys::Direction;
using sys::Interest;
using Outcome = sys::Waited::Outcome;
using Log = std::vector<std::string>;

constexpr auto epoch = std::chrono::steady_clock::time_point();
const auto broken = std::make_error_code(std::errc::connection_reset);

/// An Attempt that would block until `ready_at` tries have been made; each is noted.
class CountedTry {
 public:
  CountedTry(FakeWaiter& waiter, int ready_at) : waiter_(waiter), ready_at_(ready_at) {}

  sys::Attempt<int> operator()() {
    waiter_.log.emplace_back("try");
    if (++count_ < ready_at_) return std::nullopt;
    return count_;
  }

  int count() const { return count_; }

 private:
  FakeWaiter& waiter_;
  int ready_at_;
  int count_ = 0;
};

TcpError::Kind kind_of(const detail::Outcome<int>& outcome) {
  return outcome ? TcpError::Kind::Incomplete /* no wait gives that */ : outcome.error().kind;
}

TEST(Operation, ThatSucceedsAtOnceNeverWaits) {
  FakeManager manager;
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 1);
  const auto result = operation.run(7, Direction::Read, attempt);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 1);
  EXPECT_EQ(manager.waiter.log, (Log{"try"}));
}

TEST(Operation, TriesWaitsAndTriesAgain) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 2);
  const auto result = operation.run(7, Direction::Read, attempt);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 2);
  EXPECT_EQ(manager.waiter.log, (Log{"try", "wait", "try"}));
}

TEST(Operation, WaitsForWhatItWasTold) {
  for (const auto direction : {Direction::Read, Direction::Write}) {
    FakeManager manager;
    manager.waiter.plan(Outcome::Ready);
    Operation operation(*manager.state, Deadline(epoch + 5h));
    CountedTry attempt(manager.waiter, 2);
    EXPECT_TRUE(operation.run(7, direction, attempt));
    ASSERT_EQ(manager.waiter.asked.size(), 1U);
    EXPECT_EQ(manager.waiter.asked[0].interests, (std::vector<Interest>{{7, direction}}));
    EXPECT_EQ(manager.waiter.asked[0].deadline, Deadline(epoch + 5h));
  }
}

TEST(Operation, SurvivesReadinessThatCameToNothing) {
  FakeManager manager;
  for (int i = 0; i < 100; ++i) manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 101);
  const auto result = operation.run(7, Direction::Read, attempt);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 101);
  EXPECT_EQ(manager.waiter.asked.size(), 100U);
}

// Law 1
TEST(Operation, IsCancelledBeforeAnythingIsTried) {
  FakeManager manager;
  manager.state->cancel();
  manager.waiter.log.clear();
  Operation operation(*manager.state, Deadline::never());
  EXPECT_TRUE(operation.cancelled());
  CountedTry attempt(manager.waiter, 1);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_EQ(manager.waiter.log, Log());
}

TEST(Operation, EndsWhenTheWaitIsCancelled) {
  FakeManager manager;
  manager.waiter.plan([&](const Ticket&) {
    manager.state->cancel();
    return sys::Waited{Outcome::Cancelled, {}};
  });
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 2);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_EQ(attempt.count(), 1);
}

// Law 1: wait for ready, deadline or cancel -> try again.
TEST(Operation, TriesOnceMoreWhenTheTimeIsOver) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline(epoch));
  CountedTry attempt(manager.waiter, 1000);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::TimedOut);
  EXPECT_EQ(manager.waiter.log, (Log{"try", "wait", "try"}));
}

// T23
TEST(Operation, TakesWhatCameInTheInstantOfTheDeadline) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline(epoch));
  CountedTry attempt(manager.waiter, 2);
  const auto result = operation.run(7, Direction::Read, attempt);
  ASSERT_TRUE(result) << "ready data wins over an expired deadline";
  EXPECT_EQ(*result, 2);
}

TEST(Operation, PrefersACancelToTheDeadline) {
  FakeManager manager;
  manager.waiter.plan([&](const Ticket&) {
    manager.state->cancel();
    return sys::Waited{Outcome::TimedOut, {}};
  });
  Operation operation(*manager.state, Deadline(epoch));
  CountedTry attempt(manager.waiter, 2);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_EQ(attempt.count(), 1) << "after a cancel nothing is tried";
}

TEST(Operation, SaysWhyItCouldNotWait) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Failed, broken);
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 2);
  const auto result = operation.run(7, Direction::Read, attempt);
  ASSERT_EQ(kind_of(result), TcpError::Kind::Failed);
  EXPECT_EQ(result.error().code, broken);
  EXPECT_EQ(attempt.count(), 1);
}

TEST(Operation, SaysWhyATryFailed) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, Deadline::never());
  int count = 0;
  const auto result = operation.run(7, Direction::Read, [&]() -> sys::Attempt<int> {
    if (++count < 2) return std::nullopt;
    return std::unexpected(broken);
  });
  ASSERT_EQ(kind_of(result), TcpError::Kind::Failed);
  EXPECT_EQ(result.error().code, broken);
}

TEST(Operation, HandsOutWhatCanOnlyBeMoved) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, Deadline::never());
  std::unique_ptr<int> source;
  auto result = operation.run(7, Direction::Read, [&]() -> sys::Attempt<std::unique_ptr<int>> {
    if (!source) {
      source = std::make_unique<int>(5);
      return std::nullopt;
    }
    return std::move(source);
  });
  ASSERT_TRUE(result);
  ASSERT_TRUE(*result);
  EXPECT_EQ(**result, 5);
}

TEST(Operation, ThatWasCompletingMaySucceedInSpiteOfACancel) {
  FakeManager manager;
  Operation operation(*manager.state, Deadline::never());
  const auto result = operation.run(7, Direction::Read, [&]() -> sys::Attempt<int> {
    manager.state->cancel();
    return 5;
  });
  ASSERT_TRUE(result) << "a value that was taken must not be lost";
  EXPECT_EQ(*result, 5);
}

TEST(Operation, ShowsTheWaiterACancelThatCameDuringTheTry) {
  FakeManager manager;
  manager.waiter.plan([](const Ticket& ticket) {
    EXPECT_TRUE(ticket.cancelled());
    return sys::Waited{Outcome::Cancelled, {}};
  });
  Operation operation(*manager.state, Deadline::never());
  const auto result = operation.run(7, Direction::Read, [&]() -> sys::Attempt<int> {
    manager.state->cancel();
    return std::nullopt;
  });
  EXPECT_EQ(kind_of(result), TcpError::Kind::Cancelled);
}

// Law 1: a cancelled state wins over ready data.
TEST(Operation, TakesNothingWhenReadinessAndCancelComeTogether) {
  FakeManager manager;
  manager.waiter.plan([&](const Ticket&) {
    manager.state->cancel();
    return sys::Waited{Outcome::Ready, {}};
  });
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 2);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_EQ(attempt.count(), 1);
}

TEST(Operation, EndsAlsoWhenARestartFollowsTheCancelAtOnce) {
  FakeManager manager;
  manager.waiter.plan([&](const Ticket& ticket) {
    EXPECT_FALSE(ticket.cancelled());
    EXPECT_TRUE(manager.state->cancel());
    EXPECT_TRUE(manager.state->restart());
    EXPECT_TRUE(ticket.cancelled());
    return sys::Waited{Outcome::Cancelled, {}};
  });
  Operation pending(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 2);
  EXPECT_EQ(kind_of(pending.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_TRUE(pending.cancelled());
  Operation next(*manager.state, Deadline::never());
  EXPECT_FALSE(next.cancelled());
}

TEST(Operation, ObeysTheCancelOfAnAncestor) {
  FakeManager parent;
  FakeManager child(parent.state);
  child.waiter.plan([&](const Ticket& ticket) {
    parent.state->cancel();
    return sys::Waited{ticket.cancelled() ? Outcome::Cancelled : Outcome::Ready, {}};
  });
  Operation operation(*child.state, Deadline::never());
  CountedTry attempt(child.waiter, 2);
  EXPECT_EQ(kind_of(operation.run(7, Direction::Read, attempt)), TcpError::Kind::Cancelled);
  EXPECT_EQ(child.waiter.log, (Log{"try", "wait"}));
  EXPECT_EQ(parent.waiter.log, (Log{"wake"}));
}

TEST(Operation, KeepsOneDeadlineOverAllItsRuns) {
  FakeManager manager;
  for (int i = 0; i < 3; ++i) manager.waiter.plan(Outcome::Ready);
  const auto before = std::chrono::steady_clock::now();
  Operation operation(*manager.state, 1h);
  for (int i = 0; i < 3; ++i) {
    CountedTry attempt(manager.waiter, 2);
    EXPECT_TRUE(operation.run(7, Direction::Read, attempt));
    operation.expiry().moved(1);
  }
  const auto& asked = manager.waiter.asked;
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_GE(asked[0].deadline, Deadline(before + 1h));
  EXPECT_EQ(asked[1].deadline, asked[0].deadline);
  EXPECT_EQ(asked[2].deadline, asked[0].deadline);
}

TEST(Operation, IdleStartsAnewWhenBytesMoveAndOnlyThen) {
  FakeManager manager;
  for (int i = 0; i < 3; ++i) manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, idle(1h));
  CountedTry attempt(manager.waiter, 3);
  EXPECT_TRUE(operation.run(7, Direction::Read, attempt));
  operation.expiry().moved(1);
  CountedTry again(manager.waiter, 2);
  EXPECT_TRUE(operation.run(7, Direction::Read, again));
  const auto& asked = manager.waiter.asked;
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[1].deadline, asked[0].deadline) << "waking up is not moving";
  EXPECT_GT(asked[2].deadline, asked[0].deadline);
}

// A race of connection attempts: several sockets, and an alarm that starts the next attempt.
TEST(OperationWatch, WaitsForAllItsSocketsUntilTheAlarm) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline(epoch + 5h));
  const std::vector<Interest> interests = {{3, Direction::Write}, {4, Direction::Read}};
  CountedTry attempt(manager.waiter, 2);
  const detail::Watch watch{interests, Deadline(epoch + 1h)};
  EXPECT_TRUE(operation.run(watch, attempt));
  EXPECT_EQ(manager.waiter.asked.at(0).interests, interests);
  EXPECT_EQ(manager.waiter.asked.at(0).deadline, Deadline(epoch + 1h));
}

TEST(OperationWatch, AnAlarmIsNotTheEnd) {
  FakeManager manager;
  for (int i = 0; i < 3; ++i) manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline::never());
  CountedTry attempt(manager.waiter, 4);
  EXPECT_TRUE(operation.run(detail::Watch{{}, Deadline(epoch)}, attempt));
  EXPECT_EQ(attempt.count(), 4);
}

TEST(OperationWatch, TheDeadlineEndsItAlsoWhenTheAlarmRingsTooLate) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline(epoch + 1ns));
  CountedTry attempt(manager.waiter, 1000);
  const detail::Watch watch{{}, Deadline(epoch + 2ns)};
  EXPECT_EQ(kind_of(operation.run(watch, attempt)), TcpError::Kind::TimedOut);
  EXPECT_EQ(manager.waiter.asked.at(0).deadline, Deadline(epoch + 1ns));
  EXPECT_EQ(attempt.count(), 2);
}

TEST(OperationWatch, MayBeChangedByTheAttempt) {
  FakeManager manager;
  for (int i = 0; i < 2; ++i) manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, Deadline::never());
  std::vector<Interest> interests = {{3, Direction::Write}};
  detail::Watch watch{interests, {}};
  EXPECT_TRUE(operation.run(watch, [&]() -> sys::Attempt<int> {
    if (interests.size() == 3) return 0;
    interests.push_back({4, Direction::Write});
    watch.interests = interests;
    return std::nullopt;
  }));
  EXPECT_EQ(manager.waiter.asked.at(0).interests,
            (std::vector<Interest>{{3, Direction::Write}, {4, Direction::Write}}));
}

TEST(OperationPause, WaitsForNothingButItsEnd) {
  FakeManager manager;
  const Deadline length = 1ms;
  manager.waiter.plan([&](const Ticket&) {
    while (!length.expired()) continue;
    return sys::Waited{Outcome::TimedOut, {}};
  });
  Operation operation(*manager.state, Deadline::never());
  EXPECT_TRUE(operation.pause(length));
  ASSERT_EQ(manager.waiter.asked.size(), 1U);
  EXPECT_TRUE(manager.waiter.asked[0].interests.empty());
  EXPECT_EQ(manager.waiter.asked[0].deadline, length);
}

TEST(OperationPause, EndsAtTheOperationsOwnDeadline) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, Deadline(epoch));
  const auto paused = operation.pause(1h);
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().kind, TcpError::Kind::TimedOut);
  EXPECT_EQ(manager.waiter.asked.at(0).deadline, Deadline(epoch));
}

TEST(OperationPause, IsEndedByACancel) {
  FakeManager manager;
  manager.waiter.plan([&](const Ticket&) {
    manager.state->cancel();
    return sys::Waited{Outcome::Cancelled, {}};
  });
  Operation operation(*manager.state, Deadline::never());
  const auto paused = operation.pause(Deadline::never());
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().kind, TcpError::Kind::Cancelled);
}

TEST(OperationPause, DoesNotBeginOnceCancelled) {
  FakeManager manager;
  Operation operation(*manager.state, Deadline::never());
  manager.state->cancel();
  const auto paused = operation.pause(Deadline(epoch));
  ASSERT_FALSE(paused) << "a cancelled state wins over an end that has come";
  EXPECT_EQ(paused.error().kind, TcpError::Kind::Cancelled);
  EXPECT_TRUE(manager.waiter.asked.empty());
}

TEST(OperationPause, SaysWhyItCouldNotWait) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Failed, broken);
  Operation operation(*manager.state, Deadline::never());
  const auto paused = operation.pause(Deadline::never());
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().kind, TcpError::Kind::Failed);
  EXPECT_EQ(paused.error().code, broken);
}

}  // namespace
}  // namespace mtcp::test
