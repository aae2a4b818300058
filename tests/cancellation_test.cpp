#include "cancellation.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/gate.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Cancellation;
using detail::Ticket;

void nothing() {}

bool cancel(Cancellation& cancellation, const std::function<void()>& wake = nothing) {
  return cancellation.cancel([&]() noexcept { wake(); });
}

bool restart(Cancellation& cancellation, const std::function<void()>& settle = nothing,
             const std::function<void()>& pause = std::this_thread::yield) {
  return cancellation.restart([&]() noexcept { settle(); }, [&]() noexcept { pause(); });
}

TEST(Cancellation, BeginsRunning) {
  const Cancellation cancellation(nullptr);
  EXPECT_FALSE(cancellation.own());
  EXPECT_FALSE(cancellation.any());
  EXPECT_FALSE(Ticket(cancellation).cancelled());
}

// C17
TEST(Cancellation, IsSetOnceAndStays) {
  Cancellation cancellation(nullptr);
  EXPECT_TRUE(cancel(cancellation));
  EXPECT_FALSE(cancel(cancellation));
  EXPECT_TRUE(cancellation.own());
  EXPECT_TRUE(cancellation.any());
  EXPECT_TRUE(Ticket(cancellation).cancelled());
}

// C18
TEST(Cancellation, IsClearedOnce) {
  Cancellation cancellation(nullptr);
  EXPECT_FALSE(restart(cancellation));
  cancel(cancellation);
  EXPECT_TRUE(restart(cancellation));
  EXPECT_FALSE(restart(cancellation));
  EXPECT_FALSE(cancellation.own());
  EXPECT_FALSE(Ticket(cancellation).cancelled());
}

TEST(Cancellation, CyclesForEver) {
  Cancellation cancellation(nullptr);
  const Ticket first(cancellation);
  for (int i = 0; i < 1000; ++i) {
    const Ticket before(cancellation);
    ASSERT_FALSE(before.cancelled());
    ASSERT_TRUE(cancel(cancellation));
    ASSERT_TRUE(before.cancelled());
    ASSERT_TRUE(restart(cancellation));
    ASSERT_TRUE(before.cancelled());
    ASSERT_TRUE(first.cancelled());
  }
}

TEST(Cancellation, WakesOnceTheStateIsSetAndOnlyWhenItIsNew) {
  Cancellation cancellation(nullptr);
  const Ticket ticket(cancellation);
  int wakes = 0;
  const auto wake = [&] {
    ++wakes;
    EXPECT_TRUE(ticket.cancelled()) << "who is woken must find the reason";
    EXPECT_TRUE(cancellation.own());
  };
  cancel(cancellation, wake);
  EXPECT_EQ(wakes, 1);
  cancel(cancellation, wake);
  EXPECT_EQ(wakes, 1);
}

TEST(Cancellation, SettlesOnceWhileNobodyCanStart) {
  Cancellation cancellation(nullptr);
  int settled = 0;
  const auto settle = [&] {
    ++settled;
    EXPECT_TRUE(Ticket(cancellation).cancelled()) << "nobody may park while the wake is undone";
    EXPECT_TRUE(cancellation.own());
  };
  restart(cancellation, settle);
  EXPECT_EQ(settled, 0);
  cancel(cancellation);
  restart(cancellation, settle);
  EXPECT_EQ(settled, 1);
}

TEST(Cancellation, WhileRestartingHoldsAfterwards) {
  Cancellation cancellation(nullptr);
  const Ticket before(cancellation);
  cancel(cancellation);
  const bool restarted = restart(cancellation, [&] {
    EXPECT_TRUE(cancel(cancellation, [] { ADD_FAILURE() << "nobody is parked to be woken"; }));
    EXPECT_FALSE(cancel(cancellation)) << "set already";
  });
  EXPECT_TRUE(restarted) << "the first cancel was cleared";
  EXPECT_TRUE(cancellation.own());
  EXPECT_TRUE(before.cancelled());
  EXPECT_TRUE(Ticket(cancellation).cancelled());
  EXPECT_FALSE(cancel(cancellation));
  EXPECT_TRUE(restart(cancellation));
  EXPECT_FALSE(Ticket(cancellation).cancelled());
}

TEST(CancellationTicket, MadeWhileRestartingStaysCancelled) {
  Cancellation cancellation(nullptr);
  cancel(cancellation);
  std::vector<Ticket> tickets;
  restart(cancellation, [&] { tickets.emplace_back(cancellation); });
  ASSERT_EQ(tickets.size(), 1U);
  EXPECT_TRUE(tickets[0].cancelled());
}

TEST(CancellationTicket, MadeWhileCancelledStaysSo) {
  Cancellation cancellation(nullptr);
  cancel(cancellation);
  const Ticket ticket(cancellation);
  restart(cancellation);
  EXPECT_TRUE(ticket.cancelled());
}

TEST(CancellationOfAncestors, ReachesDownAndNeverUp) {
  Cancellation root(nullptr);
  Cancellation middle(&root);
  Cancellation leaf(&middle);
  const Ticket of_root(root);
  const Ticket of_middle(middle);
  const Ticket of_leaf(leaf);
  cancel(middle);
  EXPECT_FALSE(of_root.cancelled());
  EXPECT_TRUE(of_middle.cancelled());
  EXPECT_TRUE(of_leaf.cancelled());
  EXPECT_FALSE(root.any());
  EXPECT_FALSE(leaf.own());
  EXPECT_TRUE(leaf.any());
  EXPECT_TRUE(Ticket(leaf).cancelled());
  EXPECT_FALSE(Ticket(root).cancelled());
}

TEST(CancellationOfAncestors, IsSeenAlsoAfterARestart) {
  Cancellation root(nullptr);
  Cancellation leaf(&root);
  const Ticket ticket(leaf);
  cancel(root);
  restart(root);
  EXPECT_TRUE(ticket.cancelled());
  EXPECT_FALSE(leaf.any());
  EXPECT_FALSE(Ticket(leaf).cancelled());
}

TEST(CancellationOfAncestors, EachIsClearedByItsOwnRestartOnly) {
  Cancellation root(nullptr);
  Cancellation leaf(&root);
  cancel(root);
  cancel(leaf);
  EXPECT_TRUE(restart(leaf));
  EXPECT_TRUE(Ticket(leaf).cancelled()) << "the root still is";
  EXPECT_FALSE(restart(leaf));
  EXPECT_TRUE(restart(root));
  EXPECT_FALSE(Ticket(leaf).cancelled());
}

TEST(CancellationRestart, WaitsForACancelThatIsStillWaking) {
  Cancellation cancellation(nullptr);
  Gate waking;
  std::atomic<bool> may_end = false;
  std::atomic<bool> woken = false;
  std::jthread canceller([&] {
    cancel(cancellation, [&] {
      waking.open();
      while (!may_end) std::this_thread::yield();
      woken = true;
    });
  });
  waking.wait();
  int pauses = 0;
  const bool restarted = restart(
      cancellation, [&] { EXPECT_TRUE(woken) << "that wake would never be undone"; },
      [&] {
        if (++pauses == 10) may_end = true;
        std::this_thread::yield();
      });
  may_end = true;
  EXPECT_TRUE(restarted);
  EXPECT_GE(pauses, 10);
  EXPECT_FALSE(cancellation.own());
}

TEST(CancellationRestart, OfTwoAtOnceClearsOnce) {
  Cancellation cancellation(nullptr);
  cancel(cancellation);
  Gate settling;
  std::atomic<bool> may_end = false;
  std::atomic<bool> first_says = false;
  std::jthread first([&] {
    first_says = restart(cancellation, [&] {
      settling.open();
      while (!may_end) std::this_thread::yield();
    });
  });
  settling.wait();
  int pauses = 0;
  const bool second_says = restart(
      cancellation, [] { ADD_FAILURE() << "nothing is left to settle"; },
      [&] {
        if (++pauses == 10) may_end = true;
        std::this_thread::yield();
      });
  may_end = true;
  first.join();
  EXPECT_TRUE(first_says);
  EXPECT_FALSE(second_says);
  EXPECT_GE(pauses, 10) << "it returned before the state was clear";
  EXPECT_FALSE(cancellation.own());
}

// Law 9: in the child no other thread is left to finish what it began.
TEST(CancellationFork, LeavesARunningOneAsItIs) {
  Cancellation cancellation(nullptr);
  const Ticket ticket(cancellation);
  cancellation.after_fork();
  EXPECT_FALSE(ticket.cancelled());
  EXPECT_FALSE(cancellation.own());
}

TEST(CancellationFork, LeavesACancelledOneCancelled) {
  Cancellation cancellation(nullptr);
  cancel(cancellation);
  cancellation.after_fork();
  EXPECT_TRUE(cancellation.own());
  EXPECT_TRUE(restart(cancellation));
  EXPECT_FALSE(cancellation.own());
}

/// Runs `body` again and again in `count` threads, until `length` is over.
void race(int count, std::chrono::milliseconds length, const std::function<void()>& body) {
  const Deadline end = length;
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&] {
      while (!end.expired()) body();
    });
}

TEST(CancellationRace, EachCancelIsClearedByExactlyOneRestart) {
  Cancellation cancellation(nullptr);
  std::atomic<int> set = 0;
  std::atomic<int> cleared = 0;
  race(4, 200ms, [&] {
    if (cancel(cancellation)) ++set;
    if (restart(cancellation)) ++cleared;
  });
  if (restart(cancellation)) ++cleared;
  EXPECT_FALSE(cancellation.own());
  EXPECT_EQ(set, cleared);
  EXPECT_GT(set, 0);
}

TEST(CancellationRace, ACancelReachesEveryTicketThatIsThere) {
  Cancellation cancellation(nullptr);
  std::atomic<int> missed = 0;
  race(4, 200ms, [&] {
    const Ticket before(cancellation);
    cancel(cancellation);
    if (!before.cancelled()) ++missed;
    restart(cancellation);
    if (!before.cancelled()) ++missed;
  });
  EXPECT_EQ(missed, 0);
}

/// The contract between a waiter and a Cancellation, by spinning instead of poll(2).
class SpinningWaiter {
 public:
  explicit SpinningWaiter(Cancellation& cancellation) : cancellation_(cancellation) {}

  void wait_once() {
    const Ticket ticket(cancellation_);
    ++parked_;
    while (!ticket.cancelled() && !woken_) std::this_thread::yield();
    if (woken_ && !ticket.cancelled()) ++needless_;
    --parked_;
  }

  void cancel_and_restart() {
    cancel(cancellation_, [&] { woken_ = true; });
    restart(cancellation_, [&] {
      while (parked_ != 0) std::this_thread::yield();
      woken_ = false;
    });
  }

  void end() {
    cancel(cancellation_, [&] { woken_ = true; });
  }

  int needless() const { return needless_; }

 private:
  Cancellation& cancellation_;
  std::atomic<int> parked_ = 0;
  std::atomic<bool> woken_ = false;
  std::atomic<int> needless_ = 0;
};

// Who is woken finds out why: else it would spin, or end with an error that nobody caused.
TEST(CancellationRace, NobodyIsWokenWithoutACancel) {
  Cancellation root(nullptr);
  Cancellation leaf(&root);
  SpinningWaiter waiter(leaf);
  const Deadline end = 300ms;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        while (!end.expired()) waiter.wait_once();
      });
    while (!end.expired()) waiter.cancel_and_restart();
    waiter.end();
  }
  EXPECT_EQ(waiter.needless(), 0);
}

}  // namespace
}  // namespace mtcp::test
