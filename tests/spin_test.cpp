#include "spin.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "operation.hpp"
#include "support/fake_waiter.hpp"
#include "sys/processor.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Operation;
using detail::Spin;
using detail::SpinHistory;
using sys::Direction;

/// How many waits go by until `history` is for a spin again.
int waits_until_due(SpinHistory& history) {
  int waits = 0;
  while (!history.is_due()) ++waits;
  return waits;
}

TEST(SpinHistory, IsForASpinAtFirstAndWhileItPays) {
  SpinHistory history;
  EXPECT_TRUE(history.is_due());
  history.paid();
  EXPECT_TRUE(history.is_due());
}

TEST(SpinHistory, DoublesThePauseWithEachFailureUpToABound) {
  SpinHistory history;
  for (int pause = 1; pause <= 1024; pause *= 2) {
    history.failed();
    EXPECT_EQ(waits_until_due(history), pause);
  }
  history.failed();
  EXPECT_EQ(waits_until_due(history), 1024);
}

TEST(SpinHistory, ForgetsItsFailuresWhenItPays) {
  SpinHistory history;
  for (int i = 0; i < 5; ++i) history.failed();
  waits_until_due(history);
  history.paid();
  history.failed();
  EXPECT_EQ(waits_until_due(history), 1);
}

class Spinning : public ::testing::Test {
 protected:
  void SetUp() override {
    if (sys::processors() < 2) GTEST_SKIP() << "one processor never spins";
  }

  /// A manager that spins for `longest`, and waits as its fake waiter says.
  void make_manager(std::chrono::nanoseconds longest) {
    auto waiter = std::make_unique<FakeWaiter>();
    waiter_ = waiter.get();
    state_ = std::make_shared<detail::ManagerState>(nullptr, std::move(waiter),
                                                    TcpManagerOptions{.spin = longest});
  }

  /// An attempt that would block until it was made `count` times.
  auto ready_at(int count) {
    return [this, count]() -> sys::Attempt<sys::Done> {
      if (++tries_ < count) return std::nullopt;
      return sys::Done{};
    };
  }

  FakeWaiter* waiter_ = nullptr;
  std::shared_ptr<detail::ManagerState> state_;
  SpinHistory history_;
  int tries_ = 0;
};

TEST_F(Spinning, TriesAgainInsteadOfWaiting) {
  make_manager(1h);
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(1000), &history_));
  EXPECT_EQ(tries_, 1000);
  EXPECT_TRUE(waiter_->log.empty());
}

TEST_F(Spinning, WaitsWhenItHasNotPaidAndRemembersThat) {
  make_manager(1us);
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, Deadline::never());
  bool waited = false;
  waiter_->plan(sys::Waited::Outcome::Ready);
  EXPECT_TRUE(operation.run(
      7, Direction::Read,
      [&]() -> sys::Attempt<sys::Done> {
        waited = !waiter_->log.empty();
        if (waited) return sys::Done{};
        return std::nullopt;
      },
      &history_));
  EXPECT_TRUE(waited);
  EXPECT_FALSE(history_.is_due());
}

TEST_F(Spinning, DoesNotWithoutAHistoryNorWhenItIsOff) {
  for (const auto longest : {0ns, std::chrono::nanoseconds(1h)}) {
    make_manager(longest);
    waiter_->plan(sys::Waited::Outcome::Ready);
    Operation operation(*state_, Deadline::never());
    SpinHistory* history = longest == 0ns ? &history_ : nullptr;
    tries_ = 0;
    EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(2), history));
    EXPECT_EQ(waiter_->log, std::vector<std::string>{"wait"});
  }
}

/// A deadline that is `longest` and more away is slept for until only that is left.
TEST_F(Spinning, KeepsTheLastMomentBeforeTheDeadlineToItself) {
  make_manager(1h);
  const Deadline deadline(3h);
  for (int i = 0; i < 10; ++i) history_.failed();
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, deadline);
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(2), &history_));
  ASSERT_EQ(waiter_->asked.size(), 1U);
  EXPECT_EQ(waiter_->asked[0].deadline, Deadline(deadline.when() - 1h));
}

TEST_F(Spinning, EndsWithTheDeadlineAndNotBefore) {
  make_manager(1h);
  const Deadline deadline(2ms);
  for (int i = 0; i < 10; ++i) history_.failed();
  waiter_->plan([&](const detail::Ticket&) {
    EXPECT_TRUE(deadline.expired());
    return sys::Waited{sys::Waited::Outcome::TimedOut, {}};
  });
  Operation operation(*state_, deadline);
  const auto result = operation.run(7, Direction::Read, ready_at(1'000'000'000), &history_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, TcpError::Kind::TimedOut);
  EXPECT_GT(tries_, 2) << "it slept";
}

// The sleep before it ends early: that is not the end of the time.
TEST_F(Spinning, FollowsASleepThatEndedInTimeForIt) {
  make_manager(100us);
  waiter_->plan(sys::Waited::Outcome::TimedOut);
  waiter_->plan(sys::Waited::Outcome::Ready);
  for (int i = 0; i < 10; ++i) history_.failed();
  Operation operation(*state_, Deadline(1h));
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(3), &history_));
}

TEST_F(Spinning, TellsItsHistoryNothingAboutDeadlines) {
  make_manager(1h);
  waiter_->plan(sys::Waited::Outcome::TimedOut);
  Operation operation(*state_, Deadline(1ms));
  EXPECT_FALSE(operation.run(7, Direction::Read, ready_at(1'000'000'000), &history_));
  EXPECT_TRUE(history_.is_due());
}

TEST_F(Spinning, EndsByACancel) {
  make_manager(1h);
  Operation operation(*state_, Deadline::never());
  const auto result = operation.run(
      7, Direction::Read,
      [this]() -> sys::Attempt<sys::Done> {
        if (++tries_ == 3) state_->cancel();
        return std::nullopt;
      },
      &history_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, TcpError::Kind::Cancelled);
  EXPECT_EQ(tries_, 3);
}

TEST_F(Spinning, TellsAnError) {
  make_manager(1h);
  Operation operation(*state_, Deadline::never());
  const auto error = std::make_error_code(std::errc::connection_reset);
  const auto result = operation.run(
      7, Direction::Read,
      [&]() -> sys::Attempt<sys::Done> {
        if (++tries_ == 3) return std::unexpected(error);
        return std::nullopt;
      },
      &history_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, error);
}

TEST_F(Spinning, IsForHalfOfTheProcessorsAtOnce) {
  const auto now = Spin::Clock::now();
  std::vector<std::unique_ptr<Spin>> spins;
  std::vector<std::unique_ptr<SpinHistory>> histories;
  unsigned going = 0;
  for (unsigned i = 0; i < sys::processors(); ++i) {
    histories.push_back(std::make_unique<SpinHistory>());
    spins.push_back(std::make_unique<Spin>(1h, histories.back().get(), Deadline::never(), now));
    if (spins.back()->goes_on()) ++going;
  }
  EXPECT_EQ(going, sys::processors() / 2);
  spins.erase(spins.begin());
  SpinHistory history;
  EXPECT_TRUE(Spin(1h, &history, Deadline::never(), now).goes_on());
}

}  // namespace
}  // namespace mtcp::test
