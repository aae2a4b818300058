#include "spin_places.hpp"

#include <chrono>
#include <future>

#include <gtest/gtest.h>
#include <mtcp/deadline.hpp>

#include "sys/processor.hpp"
#include "sys/waiter.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr Clock::time_point at_once{};

/// How many places could be taken.
unsigned take_all() {
  unsigned count = 0;
  while (detail::spin_places::take(at_once)) ++count;
  return count;
}

void leave_all(unsigned count) {
  while (count-- > 0) detail::spin_places::leave();
}

TEST(SpinPlaces, AreOneForEverySecondProcessor) {
  const unsigned taken = take_all();
  leave_all(taken);
  EXPECT_EQ(taken, sys::processors() / 2);
  const unsigned again = take_all();
  leave_all(again);
  EXPECT_EQ(again, taken);
}

TEST(SpinPlaces, AreWaitedForUntilTheTimeIsOver) {
  const unsigned taken = take_all();
  const auto until = Clock::now() + 1ms;
  EXPECT_FALSE(detail::spin_places::take(until));
  EXPECT_GE(Clock::now(), until);
  leave_all(taken);
}

TEST(SpinPlaces, ThatBecomeFreeGoToWhoWaitsForThem) {
  const unsigned taken = take_all();
  if (taken == 0) GTEST_SKIP() << "one processor";
  detail::spin_places::leave();
  const auto share_one = [] {
    int refused = 0;
    for (int i = 0; i < 100'000; ++i) {
      if (detail::spin_places::take(Clock::now() + 60s))
        detail::spin_places::leave();
      else
        ++refused;
    }
    return refused;
  };
  auto other = std::async(std::launch::async, share_one);
  EXPECT_EQ(share_one() + other.get(), 0);
  leave_all(taken - 1);
}

// Many threads whose answers are never quick are not to spend their time on finding that out.
TEST(SpinPlaces, AreGivenForFindingOutAFiftiethOfTheTime) {
  const auto now = Clock::now() + 1h;  // after whatever was found out before
  EXPECT_TRUE(detail::spin_places::may_find_out(now, 100us));
  EXPECT_FALSE(detail::spin_places::may_find_out(now, 100us));
  EXPECT_FALSE(detail::spin_places::may_find_out(now + 4999us, 100us));
  EXPECT_TRUE(detail::spin_places::may_find_out(now + 5000us, 100us));
}

TEST(SpinPlaces, AreNotWithheldFromAllForOneThatSpinsForLong) {
  const auto now = Clock::now() + 2h;
  EXPECT_TRUE(detail::spin_places::may_find_out(now, std::chrono::nanoseconds::max()));
  EXPECT_TRUE(detail::spin_places::may_find_out(now + 50ms, 100us));
}

}  // namespace
}  // namespace mtcp::test
