#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/busy_peer.hpp"
#include "support/connected.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/relayed.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class RelayLimits : public Relayed {};
class RelayPace : public ::testing::TestWithParam<RelayWay> {};

INSTANTIATE_TEST_SUITE_P(, RelayLimits, both_ways, ::testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(, RelayPace, both_ways, ::testing::PrintToStringParamName());

void expect_timed_out(const RelayReport& report) {
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_TRUE(direction.error->timed_out()) << direction.error->message();
    EXPECT_EQ(direction.error->transferred(), direction.bytes);
  }
}

TEST_P(RelayLimits, SilenceBothWaysEndsItAfterTheIdleTime) {
  expect_ends_after(40ms, [&] { expect_timed_out(run(idle(40ms))); });
}

/// One try: whether a byte now and then from `from` to `to` keeps a relay of `a` and `b` going for
/// longer than its idle time. Not so, too, if the machine is too slow for the idle time.
bool lasts(RelayWay way, std::chrono::nanoseconds limit, Pair& one, Pair& other, TcpStream& from,
           TcpStream& to) {
  const auto inside = make_manager();
  const auto outside = make_manager();
  one.server.tie(inside);
  other.client.tie(inside);
  from.tie(outside);
  to.tie(outside);
  RunningRelay running(way, inside, one.server, other.client, idle(limit));
  std::array<std::byte, 1> byte{};
  for (int i = 0; i < 8; ++i) {
    if (!from.write_all(byte) || !to.read_exact(byte, limit)) return false;
    or_raise(outside.sleep(limit / 6));
  }
  return !running.over();
}

TEST_P(RelayPace, AByteOneWayStartsTheIdleTimeOfThePairAnew) {
  const auto attempt = [&](std::chrono::nanoseconds limit) {
    Pair one = make_pair(make_manager());
    Pair other = make_pair(make_manager());
    return lasts(GetParam(), limit, one, other, one.client, other.server);
  };
  auto limit = 150ms;
  while (!attempt(limit)) ASSERT_LT(limit *= 2, 3s) << "it never lasts";
}

TEST_P(RelayPace, SoDoesAByteTheOtherWay) {
  const auto attempt = [&](std::chrono::nanoseconds limit) {
    Pair one = make_pair(make_manager());
    Pair other = make_pair(make_manager());
    return lasts(GetParam(), limit, one, other, other.server, one.client);
  };
  auto limit = 150ms;
  while (!attempt(limit)) ASSERT_LT(limit *= 2, 3s) << "it never lasts";
}

TEST_P(RelayLimits, AnIdleTimeCountsForTheOneWayThatIsLeft) {
  or_raise(left_.shutdown(Shutdown::Write));
  await_end(a_);
  RelayReport ended;
  EXPECT_GE(elapsed([&] { ended = run(idle(50ms)); }), 50ms);
  EXPECT_EQ(take_rest(right_), "");
  EXPECT_FALSE(ended.a_to_b.error);
  ASSERT_TRUE(ended.b_to_a.error);
  EXPECT_TRUE(ended.b_to_a.error->timed_out());
}

TEST_P(RelayLimits, FloodsBothWaysDoNotStretchATotalTime) {
  auto left = left_.try_clone();
  auto right = right_.try_clone();
  const BusyPeer drains[] = {{or_raise(std::move(left)), drain()},
                             {or_raise(std::move(right)), drain()}};
  const BusyPeer floods[] = {{std::move(left_), flood()}, {std::move(right_), flood()}};
  await_bytes(a_, 1);
  await_bytes(b_, 1);
  RelayReport ended;
  expect_ends_after(80ms, [&] { ended = run(80ms); });
  expect_timed_out(ended);
  EXPECT_GT(ended.a_to_b.bytes, 0U);
  EXPECT_GT(ended.b_to_a.bytes, 0U);
}

TEST_P(RelayLimits, FloodsDoNotStretchACancel) {
  const BusyPeer drains(or_raise(right_.try_clone()), drain());
  const BusyPeer floods(std::move(left_), flood());
  auto report = start({});
  or_raise(outside_.sleep(10ms));
  manager_.canceller().cancel();
  const auto ended = report.report();
  EXPECT_TRUE(ended.a_to_b.error && ended.a_to_b.error->cancelled());
  EXPECT_TRUE(ended.b_to_a.error && ended.b_to_a.error->cancelled());
}

TEST_P(RelayLimits, NoTimeMeansToHandOnWhatIsReady) {
  give(left_, "there");
  await_bytes(a_, 5);
  const auto ended = run(0s);
  expect_timed_out(ended);
  EXPECT_EQ(ended.a_to_b.bytes, 5U);
  EXPECT_EQ(take(right_, 5), "there");
}

TEST_P(RelayLimits, APeerThatTakesNothingCountsAsSilence) {
  const BusyPeer floods(std::move(left_), flood());
  await_bytes(a_, 1);
  const auto ended = run(idle(60ms));
  expect_timed_out(ended);
  EXPECT_GT(ended.a_to_b.bytes, 0U);
}

TEST_P(RelayLimits, GoesOnAfterItsTimeIsOver) {
  expect_timed_out(run(1ms));
  auto report = start({});
  give(left_, "again");
  EXPECT_EQ(take(right_, 5), "again");
}

TEST_P(RelayLimits, IsQuietWhileNothingMoves) {
  auto report = start({});
  give(left_, "x");
  EXPECT_EQ(take(right_, 1), "x");
  wait_until_parked(manager_);
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
  or_raise(left_.shutdown(Shutdown::Write));  // the end stays readable
  EXPECT_EQ(take_rest(right_), "");
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
}

TEST_P(RelayLimits, IsQuietWhileNobodyTakes) {
  auto report = start({});
  const auto filled = fill(left_);
  EXPECT_GT(filled, 0U);
  wait_until_parked(manager_);
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
  EXPECT_FALSE(report.over());
}

}  // namespace
}  // namespace mtcp::test
