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

  /// Makes the history be for a spin.
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
  make_manager(20ms);
  see_a_quick_answer();
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_after_sleep(), &history_));
  EXPECT_GT(tries_, 1) << "the first is no spin";
}

TEST_F(Spinning, LearnsFromALongSleep) {
  make_manager(1ms);
  history_.slept(1ms, 1ms);
  history_.spin_failed();  // so that the next waits do not find out
  for (int i = 0; i < 5; ++i) history_.spin_failed();
  waiter_->plan([](const detail::Ticket&) {
    for (const Deadline later = 3ms; !later.expired();) sys::relax();
    return sys::Waited{sys::Waited::Outcome::Ready, {}};
  });
  Operation operation(*state_, Deadline::never());
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_after_sleep(), &history_));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(history_.next(), Next::Sleep);
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

// A quarter of the longest spin, and of a short wait an eighth.
TEST_F(Spinning, KeepsTheLastMomentBeforeTheDeadlineToItself) {
  make_manager(1h);
  const Deadline deadline(3h);
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, deadline);
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(2)));
  ASSERT_EQ(waiter_->asked.size(), 1U);
  EXPECT_EQ(waiter_->asked[0].deadline, Deadline(deadline.when() - 15min));

  const Deadline soon(8min);
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation shorter(*state_, soon);
  EXPECT_TRUE(shorter.run(7, Direction::Read, ready_at(4)));
  ASSERT_EQ(waiter_->asked.size(), 2U);
  EXPECT_GT(waiter_->asked[1].deadline, Deadline(soon.when() - 1min - 1s));
  EXPECT_LT(waiter_->asked[1].deadline, Deadline(soon.when() - 59s));
}

TEST_F(Spinning, EndsWithTheDeadlineAndNotBefore) {
  make_manager(1h);
  const Deadline deadline(80ms);
  waiter_->plan([&](const detail::Ticket&) {  // in time for the last spin
    while (deadline.remaining() > 9ms) sys::relax();
    return sys::Waited{sys::Waited::Outcome::TimedOut, {}};
  });
  waiter_->plan([&](const detail::Ticket&) {
    EXPECT_TRUE(deadline.expired());
    return sys::Waited{sys::Waited::Outcome::TimedOut, {}};
  });
  Operation operation(*state_, deadline);
  const auto result = operation.run(7, Direction::Read, ready_at(1'000'000'000), &history_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, TcpError::Kind::TimedOut);
  EXPECT_TRUE(deadline.expired());
}

// The sleep before it ends early: that is not the end of the time.
TEST_F(Spinning, FollowsASleepThatEndedInTimeForIt) {
  make_manager(100us);
  waiter_->plan(sys::Waited::Outcome::TimedOut);
  waiter_->plan(sys::Waited::Outcome::Ready);
  Operation operation(*state_, Deadline(1h));
  EXPECT_TRUE(operation.run(7, Direction::Read, ready_at(3), &history_));
}

TEST_F(Spinning, NeverOutlastsTheDeadline) {
  make_manager(1h);
  see_a_quick_answer();
  const Deadline deadline(2ms);
  waiter_->plan([&](const detail::Ticket&) {
    EXPECT_TRUE(deadline.expired());
    return sys::Waited{sys::Waited::Outcome::TimedOut, {}};
  });
  Operation operation(*state_, deadline);
  EXPECT_FALSE(operation.run(7, Direction::Read, ready_at(1'000'000'000), &history_));
}

TEST_F(Spinning, TellsItsHistoryNothingAboutTheLastMoment) {
  make_manager(1h);
  see_a_quick_answer();
  history_.spin_failed();  // no credit, so that only the last moment is left
  const Deadline deadline(800ms);
  waiter_->plan([&](const detail::Ticket&) {
    while (deadline.remaining() > 90ms) sys::relax();
    return sys::Waited{sys::Waited::Outcome::TimedOut, {}};
  });
  Operation operation(*state_, deadline);
  EXPECT_TRUE(operation.run(
      7, Direction::Read,
      [&]() -> sys::Attempt<sys::Done> {
        if (waiter_->log.empty() || ++tries_ < 3) return std::nullopt;
        return sys::Done{};
      },
      &history_));
  EXPECT_EQ(history_.next(), Next::Sleep) << "a quick answer in it is none";
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

}  // namespace
}  // namespace mtcp::test
