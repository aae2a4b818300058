#include "expiry.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Expiry;
using std::chrono::hours;
using std::chrono::steady_clock;

/// Lets the clock go on, by at least a microsecond.
steady_clock::time_point later() {
  const Deadline soon = 1us;
  while (!soon.expired()) continue;
  return steady_clock::now();
}

TEST(Expiry, OfNothingIsNever) {
  Expiry expiry{Timeout()};
  EXPECT_TRUE(expiry.deadline().is_never());
  EXPECT_FALSE(expiry.over());
  expiry.moved(1);
  EXPECT_TRUE(expiry.deadline().is_never());
}

TEST(Expiry, OfADurationStartsWhenItIsAskedFirstAndNeverAgain) {
  Expiry expiry{Timeout(1h)};
  const auto start = later();
  const Deadline first = expiry.deadline();
  EXPECT_GE(first, Deadline(start + 1h)) << "it began before the operation did";
  EXPECT_LE(first, Deadline(later() + 1h));
  expiry.start();
  expiry.moved(1);
  EXPECT_EQ(expiry.deadline(), first);
}

TEST(Expiry, CanBeStartedBeforeItIsAsked) {
  Expiry expiry{Timeout(1h)};
  expiry.start();
  const auto started = later();
  EXPECT_LT(expiry.deadline(), Deadline(started + 1h));
}

TEST(Expiry, OfADeadlineKeepsIt) {
  const Deadline deadline = 1h;
  Expiry expiry{Timeout(deadline)};
  EXPECT_EQ(expiry.deadline(), deadline);
  expiry.moved(1);
  EXPECT_EQ(expiry.deadline(), deadline);
}

TEST(Expiry, OfIdleStartsAnewWheneverBytesMove) {
  Expiry expiry{idle(1h)};
  const Deadline first = expiry.deadline();
  EXPECT_EQ(expiry.deadline(), first) << "asking is not moving";
  const auto moved = later();
  expiry.moved(1);
  EXPECT_GE(expiry.deadline(), Deadline(moved + 1h));
  EXPECT_GT(expiry.deadline(), first);
}

// T34
TEST(Expiry, OfIdleStartsAnewNoMoreOnceItIsEnded) {
  Expiry expiry{idle(1h)};
  const Deadline end = expiry.deadline();
  expiry.end();
  expiry.moved(1);
  EXPECT_EQ(expiry.deadline().when(), end.when());
}

TEST(Expiry, OfIdleWithinIsTheNearerOfBoth) {
  Expiry idle_first{idle(1h).within(2h)};
  const Deadline silence = idle_first.deadline();
  EXPECT_LE(silence, Deadline(later() + 1h));
  Expiry total_first{idle(2h).within(1h)};
  const Deadline end = total_first.deadline();
  EXPECT_LE(end, Deadline(later() + 1h));
  later();
  total_first.moved(1);
  EXPECT_EQ(total_first.deadline(), end) << "moving does not stretch the whole";
}

TEST(Expiry, OfIdleWithinADeadlineNeverPassesThat) {
  const Deadline end = 1h;
  Expiry expiry{idle(59min).within(end)};
  for (int i = 0; i < 3; ++i) {
    EXPECT_LT(expiry.deadline(), end);
    expiry.moved(1);
  }
  Expiry longer{idle(2h).within(end)};
  EXPECT_EQ(longer.deadline(), end);
}

TEST(Expiry, IsOverWhenTheWholeIsAndNotForSilence) {
  EXPECT_TRUE(Expiry(Timeout(0s)).over());
  EXPECT_TRUE(Expiry(Timeout(-1h)).over());
  EXPECT_TRUE(Expiry(Timeout(Deadline(steady_clock::time_point()))).over());
  EXPECT_TRUE(Expiry(idle(1h).within(0s)).over());
  EXPECT_FALSE(Expiry(Timeout(1h)).over());
  EXPECT_FALSE(Expiry(idle(0s)).over());
  EXPECT_FALSE(Expiry(idle(0s).within(1h)).over());
}

TEST(Expiry, OfAPastOrZeroIdleHasPassed) {
  EXPECT_TRUE(Expiry(idle(0s)).deadline().expired());
  EXPECT_TRUE(Expiry(idle(-1h)).deadline().expired());
  EXPECT_TRUE(Expiry(idle(hours::min())).deadline().expired());
}

// T05
TEST(Expiry, OfTheLargestIsNever) {
  Expiry total{Timeout(hours::max())};
  EXPECT_TRUE(total.deadline().is_never());
  Expiry silence{idle(hours::max())};
  EXPECT_TRUE(silence.deadline().is_never());
  silence.moved(1);
  EXPECT_TRUE(silence.deadline().is_never());
}

}  // namespace
}  // namespace mtcp::test
