#include "spin_places.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <mtcp/deadline.hpp>

#include "sys/processor.hpp"
#include "sys/waiter.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How many places could be taken.
unsigned take_all() {
  unsigned count = 0;
  while (detail::spin_places::take()) ++count;
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
