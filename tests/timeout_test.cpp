#include <chrono>
#include <cmath>
#include <limits>
#include <type_traits>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "internals.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Internals;
using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr auto epoch = steady_clock::time_point();

static_assert(std::is_convertible_v<std::chrono::seconds, Timeout>);
static_assert(std::is_convertible_v<std::chrono::duration<double>, Timeout>);
static_assert(std::is_convertible_v<Deadline, Timeout>);
static_assert(std::is_convertible_v<steady_clock::time_point, Timeout>);
static_assert(!std::is_convertible_v<std::chrono::system_clock::time_point, Timeout>);
static_assert(!std::is_convertible_v<int, Timeout>, "no integer without a unit");
static_assert(!std::is_convertible_v<double, Timeout>);
static_assert(!std::is_convertible_v<Timeout, Deadline>, "it has not started yet");
static_assert(std::is_trivially_copyable_v<Timeout>);

static_assert(Timeout().is_default());
static_assert(!Timeout(5s).is_default());
static_assert(!Timeout(Deadline::never()).is_default(), "never is a choice, not the default");
static_assert(!idle(5s).is_default());
static_assert(!Timeout().within(5s).is_default());

// A constant can be reused, since it starts with the operation.
constexpr Timeout constant = idle(5s).within(60s);

/// The time in which at least one byte must move.
std::optional<nanoseconds> silence(const Timeout& timeout) {
  const auto pace = Internals::pace(timeout);
  if (!pace) return std::nullopt;
  EXPECT_EQ(pace->bytes, 1U);
  return pace->time;
}

TEST(Timeout, InBracesStandsForTheDefault) {
  const Timeout timeout = {};
  EXPECT_TRUE(timeout.is_default());
  EXPECT_EQ(timeout, Timeout());
}

TEST(Timeout, OfADurationBoundsTheWholeCall) {
  const Timeout timeout = 5s;
  EXPECT_EQ(Internals::total(timeout), 5s);
  EXPECT_FALSE(silence(timeout));
  EXPECT_TRUE(Internals::deadline(timeout).is_never());
}

TEST(Timeout, OfADeadlineOrPointKeepsIt) {
  const Deadline deadline = 5s;
  EXPECT_EQ(Internals::deadline(Timeout(deadline)), deadline);
  EXPECT_EQ(Internals::deadline(Timeout(epoch + 5s)), Deadline(epoch + 5s));
  EXPECT_FALSE(Internals::total(Timeout(deadline)));
  EXPECT_FALSE(silence(Timeout(deadline)));
}

TEST(Timeout, OfIdleBoundsSilenceOnly) {
  EXPECT_EQ(silence(idle(5s)), 5s);
  EXPECT_FALSE(Internals::total(idle(5s)));
  EXPECT_TRUE(Internals::deadline(idle(5s)).is_never());
}

TEST(Timeout, WithinMeansBoth) {
  EXPECT_EQ(silence(constant), 5s);
  EXPECT_EQ(Internals::total(constant), 60s);
  const Timeout until = idle(5s).within(Deadline(epoch + 1h));
  EXPECT_EQ(silence(until), 5s);
  EXPECT_EQ(Internals::deadline(until), Deadline(epoch + 1h));
  EXPECT_EQ(Internals::deadline(idle(5s).within(epoch + 1h)), Deadline(epoch + 1h));
}

TEST(Timeout, WithinAgainKeepsTheNearer) {
  EXPECT_EQ(Internals::total(constant.within(10s)), 10s);
  EXPECT_EQ(Internals::total(constant.within(100s)), 60s);
  EXPECT_EQ(Internals::total(Timeout(5s).within(10s)), 5s);
  const Timeout until = constant.within(Deadline(epoch + 2h));
  EXPECT_EQ(Internals::deadline(until.within(Deadline(epoch + 1h))), Deadline(epoch + 1h));
  EXPECT_EQ(Internals::deadline(until.within(Deadline(epoch + 3h))), Deadline(epoch + 2h));
  EXPECT_EQ(until.within(Deadline::never()), until);
}

TEST(Timeout, IsEqualWhenMadeOfTheSame) {
  EXPECT_EQ(Timeout(5s), Timeout(5000ms));
  EXPECT_NE(Timeout(5s), Timeout(6s));
  EXPECT_NE(Timeout(5s), idle(5s));
  EXPECT_EQ(constant, idle(5s).within(60s));
  EXPECT_NE(Timeout(), Timeout(Deadline::never()));
}

// T05, T07
TEST(Timeout, TakesDurationsOfAnySize) {
  EXPECT_EQ(Internals::total(Timeout(hours::max())), nanoseconds::max());
  EXPECT_EQ(Internals::total(Timeout(hours::min())), nanoseconds::min());
  EXPECT_EQ(silence(idle(hours::max())), nanoseconds::max());
  EXPECT_EQ(Internals::total(idle(1s).within(hours::max())), nanoseconds::max());
  const std::chrono::duration<double> infinite(std::numeric_limits<double>::infinity());
  EXPECT_EQ(Internals::total(Timeout(infinite)), nanoseconds::max());
  EXPECT_EQ(silence(idle(-infinite)), nanoseconds::min());
  EXPECT_EQ(Internals::total(Timeout(std::chrono::duration<double>(std::nan("")))), 0ns);
}

}  // namespace
}  // namespace mtcp::test
