#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::to_nanoseconds;
using std::chrono::duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using Point = steady_clock::time_point;

template <class T>
constexpr T largest = std::numeric_limits<T>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();

static_assert(std::is_convertible_v<std::chrono::seconds, Deadline>);
static_assert(std::is_convertible_v<hours, Deadline>);
static_assert(std::is_convertible_v<duration<float, std::milli>, Deadline>);
static_assert(std::is_convertible_v<duration<std::uint8_t, std::ratio<1, 3>>, Deadline>);
static_assert(std::is_convertible_v<Point, Deadline>);
static_assert(!std::is_convertible_v<std::chrono::system_clock::time_point, Deadline>,
              "the wall clock has no influence");
static_assert(!std::is_convertible_v<int, Deadline>, "no integer without a unit");
static_assert(!std::is_convertible_v<double, Deadline>);
static_assert(!std::is_convertible_v<bool, Deadline>);
static_assert(std::is_nothrow_default_constructible_v<Deadline>);
static_assert(std::is_nothrow_constructible_v<Deadline, nanoseconds>);
static_assert(std::is_trivially_copyable_v<Deadline>);
static_assert(Deadline().is_never() && Deadline::never().is_never());
static_assert(Deadline(Point::max()).is_never());
static_assert(!Deadline(Point()).is_never());
static_assert(Deadline(Point(5s)).when() == Point(5s));

/// Passes when `deadline`, which was just made of `d`, ends exactly that long after it was made.
template <class Duration>
void expect_after(Duration d, const char* what) {
  const auto before = steady_clock::now();
  const Deadline deadline = d;
  const auto after = steady_clock::now();
  EXPECT_GE(deadline.when(), before + to_nanoseconds(d)) << what;
  EXPECT_LE(deadline.when(), after + to_nanoseconds(d)) << what;
}

TEST(Deadline, IsNeverByDefault) {
  const Deadline deadline;
  EXPECT_TRUE(deadline.is_never());
  EXPECT_FALSE(deadline.expired());
  EXPECT_EQ(deadline.remaining(), nanoseconds::max());
  EXPECT_EQ(deadline, Deadline::never());
  const Deadline braces = {};
  EXPECT_TRUE(braces.is_never());
}

TEST(Deadline, IsADurationFromNow) {
  expect_after(5s, "5s");
  expect_after(1ns, "1ns");
  expect_after(-5s, "-5s");
  expect_after(1.5s, "1.5s");
  expect_after(hours(24 * 365), "a year");
  const Deadline deadline = 5s;
  EXPECT_FALSE(deadline.is_never());
  EXPECT_FALSE(deadline.expired());
  EXPECT_GT(deadline.remaining(), 0s);
  EXPECT_LE(deadline.remaining(), 5s);
}

TEST(Deadline, PassesAndThenNothingRemains) {
  const auto start = steady_clock::now();
  const Deadline deadline = 2ms;
  while (!deadline.expired()) continue;
  EXPECT_GE(steady_clock::now() - start, 2ms);
  EXPECT_EQ(deadline.remaining(), 0ns);
}

TEST(Deadline, IsAPointThatCopiesShare) {
  const Deadline first = 1h;
  const Deadline copy = first;
  EXPECT_EQ(copy, first);
  const auto remaining = first.remaining();
  const Deadline start = 100us;
  while (!start.expired()) continue;
  EXPECT_LT(copy.remaining(), remaining) << "time goes on for a copy too";
}

// T07, T08
TEST(Deadline, OfZeroOrLessHasPassed) {
  for (const Deadline deadline :
       {Deadline(0s), Deadline(0ns), Deadline(-1ns), Deadline(-5s), Deadline(-0.0s),
        Deadline(hours(-24 * 365 * 200)), Deadline(steady_clock::now()),
        Deadline(steady_clock::now() - 5s), Deadline(Point()), Deadline(Point::min())}) {
    EXPECT_TRUE(deadline.expired());
    EXPECT_FALSE(deadline.is_never());
    EXPECT_EQ(deadline.remaining(), 0ns);
  }
}

// T05
TEST(Deadline, OfTheLargestDurationsIsNever) {
  EXPECT_TRUE(Deadline(nanoseconds::max()).is_never());
  EXPECT_TRUE(Deadline(milliseconds::max()).is_never());
  EXPECT_TRUE(Deadline(std::chrono::seconds::max()).is_never());
  EXPECT_TRUE(Deadline(hours::max()).is_never());
  EXPECT_TRUE(Deadline(std::chrono::years::max()).is_never());
  EXPECT_TRUE(Deadline(duration<double>(infinity)).is_never());
  EXPECT_TRUE(Deadline(duration<float, std::nano>(largest<float>)).is_never());
  EXPECT_TRUE(Deadline(duration<long double>::max()).is_never());
  EXPECT_TRUE(Deadline(duration<std::uint64_t>::max()).is_never());
  EXPECT_TRUE(Deadline(duration<std::uint64_t, std::nano>::max()).is_never());
}

// T04, T07
TEST(Deadline, OfTheSmallestDurationsHasPassed) {
  EXPECT_TRUE(Deadline(nanoseconds::min()).expired());
  EXPECT_TRUE(Deadline(milliseconds::min()).expired());
  EXPECT_TRUE(Deadline(std::chrono::seconds::min()).expired());
  EXPECT_TRUE(Deadline(hours::min()).expired());
  EXPECT_TRUE(Deadline(duration<double>(-infinity)).expired());
  EXPECT_TRUE(Deadline(duration<double>::min()).expired());
}

TEST(Deadline, OfNoNumberHasPassed) {
  EXPECT_TRUE(Deadline(duration<double>(std::nan(""))).expired());
  EXPECT_TRUE(Deadline(duration<float, std::milli>(std::nanf(""))).expired());
  EXPECT_EQ(to_nanoseconds(duration<double>(std::nan(""))), 0ns);
}

TEST(Deadline, CountsInMoreThan32Bits) {
  for (const auto d :
       {milliseconds(1LL << 31), milliseconds(1LL << 32), milliseconds((1LL << 32) + 5)}) {
    const Deadline deadline = d;
    EXPECT_LE(deadline.remaining(), d);
    EXPECT_GT(deadline.remaining(), d - 1min);
  }
}

TEST(Deadline, BeforeTheLastPointIsNotNever) {
  const Deadline deadline = Point::max() - 1ns;
  EXPECT_FALSE(deadline.is_never());
  EXPECT_FALSE(deadline.expired());
  EXPECT_GT(deadline.remaining(), hours(24 * 365 * 100));
}

TEST(Deadline, OrdersTheEarlierFirstAndNeverLast) {
  const auto now = steady_clock::now();
  EXPECT_LT(Deadline(now), Deadline(now + 1ns));
  EXPECT_LT(Deadline(now + 1h), Deadline::never());
  EXPECT_EQ(Deadline(now), Deadline(now));
  EXPECT_NE(Deadline(now), Deadline::never());
}

// What an operation would make of it: T05 again, through a real wait.
TEST(Deadline, OfAnAbsurdLengthLetsAnOperationSucceed) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  const auto try_once = [&](Deadline deadline, const char* what) {
    std::byte byte{7};
    ASSERT_TRUE(client.write_all(std::span(&byte, 1))) << what;
    EXPECT_TRUE(manager.wait_readable(server.native_handle(), deadline)) << what;
    EXPECT_TRUE(server.read_exact(std::span(&byte, 1), deadline)) << what;
  };
  try_once(nanoseconds::max(), "nanoseconds::max()");
  try_once(hours::max(), "hours::max()");
  try_once(milliseconds(1LL << 32), "2^32 ms");
  try_once(duration<double>(infinity), "infinity");
  try_once(Point::max() - 1ns, "just before never");
}

TEST(Nanoseconds, AreExactForTheStandardsUnits) {
  EXPECT_EQ(to_nanoseconds(1h), nanoseconds(3'600'000'000'000));
  EXPECT_EQ(to_nanoseconds(nanoseconds(9'199'999'999'999'999'999)).count(),
            9'199'999'999'999'999'999);
  EXPECT_EQ(to_nanoseconds(std::chrono::microseconds(9'199'999'999'999'999)).count(),
            9'199'999'999'999'999'000);
  EXPECT_EQ(to_nanoseconds(std::chrono::days(106'000)).count(), 9'158'400'000'000'000'000);
  EXPECT_EQ(to_nanoseconds(duration<std::int8_t>(127)), 127s);
  EXPECT_EQ(to_nanoseconds(duration<std::uint64_t, std::micro>(5)), 5us);
  EXPECT_EQ(to_nanoseconds(duration<double>(0.25)), 250ms);
}

TEST(Nanoseconds, RoundFractionsUp) {
  EXPECT_EQ(to_nanoseconds(duration<double, std::nano>(0.5)), 1ns);
  EXPECT_EQ(to_nanoseconds(duration<double, std::nano>(1.0)), 1ns);
  EXPECT_EQ(to_nanoseconds(duration<double, std::nano>(1.001)), 2ns);
  EXPECT_EQ(to_nanoseconds(duration<double, std::nano>(-0.5)), 0ns);
  EXPECT_EQ(to_nanoseconds(duration<double, std::nano>(-1.5)), -1ns);
  EXPECT_EQ(to_nanoseconds(duration<int, std::pico>(1)), 1ns);
  EXPECT_EQ(to_nanoseconds(duration<int, std::pico>(1001)), 2ns);
  EXPECT_EQ(to_nanoseconds(duration<std::int64_t, std::atto>(1)), 1ns);
  EXPECT_EQ(to_nanoseconds(duration<int, std::ratio<1, 3>>(1)).count(), 333'333'334);
}

// Units whose ratio to a nanosecond does not fit, or whose conversion would overflow on the way.
TEST(Nanoseconds, TakeAnyUnit) {
  using Ticks = duration<std::int64_t, std::ratio<1, 2'893'299'997>>;
  EXPECT_EQ(to_nanoseconds(Ticks(2'893'299'997 * 5)), 5s);
  EXPECT_EQ(to_nanoseconds(Ticks(2'893'299'997 * 86'400)), 24h);
  using Thirds = duration<std::int64_t, std::ratio<1, 3>>;
  EXPECT_EQ(to_nanoseconds(Thirds(27'000'000'000)), 9'000'000'000s);
  using Video = duration<std::int64_t, std::ratio<1, 90'000>>;
  EXPECT_EQ(to_nanoseconds(Video(90'000LL * 3'153'600'000)), 3'153'600'000s);
  EXPECT_EQ(to_nanoseconds(duration<int, std::tera>(1)), nanoseconds::max());
  EXPECT_EQ(to_nanoseconds(duration<int, std::exa>(-1)), nanoseconds::min());
  EXPECT_EQ(to_nanoseconds(duration<int, std::exa>(0)), 0ns);
}

TEST(Nanoseconds, SaturateAtBothEnds) {
  EXPECT_EQ(to_nanoseconds(hours::max()), nanoseconds::max());
  EXPECT_EQ(to_nanoseconds(hours::min()), nanoseconds::min());
  EXPECT_EQ(to_nanoseconds(duration<double>(infinity)), nanoseconds::max());
  EXPECT_EQ(to_nanoseconds(duration<double>(-infinity)), nanoseconds::min());
  EXPECT_EQ(to_nanoseconds(duration<float>(1e30F)), nanoseconds::max());
}

TEST(SaturatingAdd, StopsAtTheEndsOfTheClock) {
  using detail::saturating_add;
  EXPECT_EQ(saturating_add(Point(5s), 2s), Point(7s));
  EXPECT_EQ(saturating_add(Point(5s), -7s), Point(-2s));
  EXPECT_EQ(saturating_add(Point(1ns), nanoseconds::max()), Point::max());
  EXPECT_EQ(saturating_add(Point(0ns), nanoseconds::max()), Point::max());
  EXPECT_EQ(saturating_add(Point(-1ns), nanoseconds::min()), Point::min());
  EXPECT_EQ(saturating_add(Point::max(), nanoseconds::max()), Point::max());
  EXPECT_EQ(saturating_add(Point::max(), nanoseconds::min()), Point(-1ns));
}

}  // namespace
}  // namespace mtcp::test
