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
using detail::WaitHistory;
using Next = WaitHistory::Next;
using sys::Direction;

class Spinning : public ::testing::Test {
 protected:
  void SetUp() override {
    if (sys::processors() < 2) GTEST_SKIP() << "one processor never spins";
  }

  /// A manager that spins for at most `spin`, and waits as its fake waiter says.
  void make_manager(std::chrono::nanoseconds spin) {
    auto waiter = std::make_unique<FakeWaiter>();
    waiter_ = waiter.get();
    state_ = std::make_shared<detail::ManagerState>(nullptr, std::move(waiter),
                                                    TcpManagerOptions{.spin = spin});
  }

  /// An attempt that would block until it was made `count` times.
  auto ready_at(int count) {
    return [this, count]() -> sys::Attempt<sys::Done> {
      if (++tries_ < count) return std::nullopt;
      return sys::Done{};
    };
  }

  /// An attempt that would block until the thread has slept.
  auto ready_after_sleep() {
    return [this]() -> sys::Attempt<sys::Done> {
      if (!waiter_->log.empty()) return sys::Done{};
      ++tries_;
      return std::nullopt;
    };
  }

  /// Makes the history say no.
  void see_a_long_sleep() { history_.slept(1h, 0ns); }

  /// Makes it say yes.
  void see_a_quick_answer() { history_.spin_paid(0ns, 1h); }

  FakeWaiter* waiter_ = nullptr;
  std::shared_ptr<detail::ManagerState> state_;
  WaitHistory history_;
  int tries_ = 0;
};

TEST_F(Spinning, TriesAgainInsteadOfWaiting) {
  make_manager(1h);
  see_a_quick_answer();
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(1000), &history_));
  EXPECT_EQ(tries_, 1000);
  EXPECT_TRUE(waiter_->log.empty());
}

TEST_F(Spinning, SleepsWhenItHasNotPaid) {
  make_manager(4us);
  see_a_quick_answer();
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_after_sleep(), &history_));
  EXPECT_GT(tries_, 1) << "the first is no spin";
}

TEST_F(Spinning, LearnsFromALongSleep) {
  make_manager(1us);
  see_a_quick_answer();
  waiter_->plan([](const detail::Ticket&) {
    for (const Deadline later = 100us; !later.expired();) sys::relax();
    return sys::Waited{sys::Waited::Outcome::Ready, {}};
  });
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_after_sleep(), &history_));
  history_.spin_failed();  // its credit is used up
  EXPECT_EQ(history_.next(), Next::Sleep);
}

TEST_F(Spinning, DoesNotWithoutAHistoryNorWhenItIsOff) {
  for (const auto spin : {0ns, std::chrono::nanoseconds(1h)}) {
    make_manager(spin);
    waiter_->plan(sys::Waited::Outcome::Ready);
    Operation operation(*state_, Deadline::never());
    see_a_quick_answer();
    WaitHistory* history = spin == 0ns ? &history_ : nullptr;
    tries_ = 0;
    EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(2), history));
    EXPECT_EQ(waiter_->log, std::vector<std::string>{"wait"});
  }
}

/// A deadline that is more away is slept for until only a quarter of the longest spin is left.
TEST_F(Spinning, KeepsTheLastMomentBeforeTheDeadlineToItself) {
  make_manager(1h);
  const Deadline deadline(3h);
  see_a_long_sleep();
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, deadline);
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(2), &history_));
  ASSERT_EQ(waiter_->asked.size(), 1U);
  EXPECT_EQ(waiter_->asked[0].deadline, Deadline(deadline.when() - 15min));
}

TEST_F(Spinning, EndsWithTheDeadlineAndNotBefore) {
  make_manager(1h);
  const Deadline deadline(2ms);
  see_a_long_sleep();
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
  see_a_long_sleep();
  Operation operation(*state_, Deadline(1h));
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(3), &history_));
}

TEST_F(Spinning, TellsItsHistoryNothingAboutDeadlines) {
  make_manager(1h);
  see_a_quick_answer();
  waiter_->plan(sys::Waited::Outcome::TimedOut);
  Operation operation(*state_, Deadline(1ms));
  EXPECT_FALSE(operation.run(7, Direction::Read, ready_at(1'000'000'000), &history_));
  EXPECT_EQ(history_.next(), Next::ShortSpin);
}

TEST_F(Spinning, EndsByACancel) {
  make_manager(1h);
  see_a_quick_answer();
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
  see_a_quick_answer();
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
  std::vector<std::unique_ptr<WaitHistory>> histories;
  unsigned going = 0;
  for (unsigned i = 0; i < sys::processors(); ++i) {
    histories.push_back(std::make_unique<WaitHistory>());
    histories.back()->spin_paid(0ns, 1h);
    spins.push_back(std::make_unique<Spin>(1h, histories.back().get(), Deadline::never(), now));
    if (spins.back()->goes_on()) ++going;
  }
  EXPECT_EQ(going, sys::processors() / 2);
  spins.erase(spins.begin());
  see_a_quick_answer();
  EXPECT_TRUE(Spin(1h, &history_, Deadline::never(), now).goes_on());
}

// Many threads whose answers are never quick are not to spend their time on finding that out.
TEST_F(Spinning, FindsOutForOneWaitAtATime) {
  constexpr auto longest = 10ms;
  const auto finds_out = [&] {
    WaitHistory history;
    history.slept(longest, longest);
    return Spin(longest, &history, Deadline::never(), Spin::Clock::now()).goes_on();
  };
  for (const Deadline patience = 60s; !finds_out() && !patience.expired();) sys::pause(64);
  EXPECT_FALSE(finds_out());
  EXPECT_FALSE(finds_out());
}

}  // namespace
}  // namespace mtcp::test
