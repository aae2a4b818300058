#include "wait_history.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::WaitHistory;
using Next = WaitHistory::Next;

constexpr std::chrono::nanoseconds longest = 200us;
constexpr auto quick = longest / 4;
constexpr auto slow = quick + 1ns;
constexpr auto short_sleep = 2 * longest;
constexpr auto long_sleep = 2 * longest + 2ns;

/// How many short sleeps go by until `history` is for finding out again.
int sleeps_until_next(WaitHistory& history) {
  int sleeps = 0;
  while (history.next() == Next::Sleep) ++sleeps;
  return sleeps;
}

TEST(WaitHistory, IsForSleepUntilSomethingIsKnown) {
  WaitHistory history;
  EXPECT_EQ(history.next(), Next::Sleep);
}

TEST(WaitHistory, FindsOutAfterAShortSleepAndNotAfterALongOne) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  EXPECT_EQ(history.next(), Next::FindOut);
  EXPECT_EQ(history.next(), Next::FindOut) << "until it was done";
  history.slept(long_sleep, longest);
  EXPECT_EQ(history.next(), Next::Sleep);
}

TEST(WaitHistory, DoublesThePauseWithEachFailureUpToABound) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  for (int pause = 1; pause <= 4096; pause *= 2) {
    history.spin_failed();
    EXPECT_EQ(sleeps_until_next(history), pause);
  }
  history.spin_failed();
  EXPECT_EQ(sleeps_until_next(history), 4096);
}

TEST(WaitHistory, SpinsBrieflyWhileAnswersAreQuick) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  for (int i = 0; i < 100; ++i) {
    history.spin_paid(quick, longest);
    EXPECT_EQ(history.next(), Next::ShortSpin);
  }
}

// It may have come from a peer that is awake from now on, or by chance.
TEST(WaitHistory, SpinsOnceMoreAfterASlowAnswer) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  history.spin_paid(slow, longest);
  EXPECT_EQ(history.next(), Next::LongSpin);
  history.spin_failed();
  EXPECT_EQ(history.next(), Next::Sleep);
}

TEST(WaitHistory, ForgivesAsManyFailuresAsItHasCreditFor) {
  WaitHistory history;
  for (int i = 0; i < 100; ++i) history.spin_paid(quick, longest);
  for (int failures = 1; failures <= 4; ++failures) {
    history.spin_failed();
    history.slept(short_sleep, longest);
    EXPECT_EQ(history.next(), Next::LongSpin) << failures;
  }
  history.spin_failed();
  history.slept(short_sleep, longest);
  EXPECT_EQ(sleeps_until_next(history), 1);
}

TEST(WaitHistory, SpinsBrieflyAfterAPauseInAQuickExchange) {
  WaitHistory history;
  for (int i = 0; i < 100; ++i) history.spin_paid(quick, longest);
  history.spin_failed();
  history.slept(long_sleep, longest);
  EXPECT_EQ(history.next(), Next::ShortSpin);
}

// Answers that are always slow are not worth a processor.
TEST(WaitHistory, TakesASecondSlowAnswerForAFailure) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  history.spin_paid(slow, longest);
  history.spin_paid(slow, longest);
  EXPECT_EQ(sleeps_until_next(history), 1);
  history.spin_paid(slow, longest);
  history.spin_paid(slow, longest);
  EXPECT_EQ(sleeps_until_next(history), 2);
}

TEST(WaitHistory, ForgetsItsFailuresAfterAQuickAnswer) {
  WaitHistory history;
  history.slept(short_sleep, longest);
  for (int i = 0; i < 5; ++i) history.spin_failed();
  history.spin_paid(quick, longest);
  history.spin_failed();
  history.slept(short_sleep, longest);
  EXPECT_EQ(sleeps_until_next(history), 1);
}

TEST(WaitHistory, TellsOnceWhetherTheLastAnswerCameInASleep) {
  WaitHistory history;
  EXPECT_FALSE(history.take_slept());
  history.slept(4us, 0ns);
  EXPECT_TRUE(history.take_slept());
  EXPECT_FALSE(history.take_slept());
}

TEST(WaitHistory, DoesNotCallASleepWhatWasThereAlready) {
  WaitHistory history;
  history.slept(10us, 0ns);
  history.slept(3us, 0ns);
  EXPECT_FALSE(history.take_slept());
}

}  // namespace
}  // namespace mtcp::test
