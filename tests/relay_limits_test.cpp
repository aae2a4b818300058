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

void expect_timed_out(const RelayReport& report) {
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_TRUE(direction.error->timed_out()) << direction.error->message();
    EXPECT_EQ(direction.error->transferred(), direction.bytes);
  }
}

TEST_F(RelayLimits, SilenceBothWaysEndsItAfterTheIdleTime) {
  expect_ends_after(40ms, [&] { expect_timed_out(relay(a_, b_, idle(40ms))); });
}

/// A byte now and then one way, from `from` to `to`, for far longer than the idle time.
void trickle_past(TcpStream& from, TcpStream& to, const TcpManager& manager) {
  for (int i = 0; i < 7; ++i) {
    give(from, "x");
    EXPECT_EQ(take(to, 1), "x");
    or_raise(manager.sleep(30ms));
  }
}

TEST_F(RelayLimits, AByteOneWayStartsTheIdleTimeOfThePairAnew) {
  auto report = start(idle(180ms));
  trickle_past(left_, right_, outside_);
  EXPECT_FALSE(report.over());
  const auto ended = report.report();
  expect_timed_out(ended);
  EXPECT_EQ(ended.a_to_b.bytes, 7U);
  EXPECT_EQ(ended.b_to_a.bytes, 0U);
}

TEST_F(RelayLimits, SoDoesAByteTheOtherWay) {
  auto report = start(idle(180ms));
  trickle_past(right_, left_, outside_);
  EXPECT_FALSE(report.over());
  EXPECT_EQ(report.report().b_to_a.bytes, 7U);
}

TEST_F(RelayLimits, AnIdleTimeCountsForTheOneWayThatIsLeft) {
  auto report = start(idle(50ms));
  or_raise(left_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "");
  const auto ended = report.report();
  EXPECT_FALSE(ended.a_to_b.error);
  ASSERT_TRUE(ended.b_to_a.error);
  EXPECT_TRUE(ended.b_to_a.error->timed_out());
}

TEST_F(RelayLimits, FloodsBothWaysDoNotStretchATotalTime) {
  auto left = left_.try_clone();
  auto right = right_.try_clone();
  const BusyPeer drains[] = {{or_raise(std::move(left)), drain()},
                             {or_raise(std::move(right)), drain()}};
  const BusyPeer floods[] = {{std::move(left_), flood()}, {std::move(right_), flood()}};
  RelayReport ended;
  expect_ends_after(80ms, [&] { ended = relay(a_, b_, 80ms); });
  expect_timed_out(ended);
  EXPECT_GT(ended.a_to_b.bytes, 0U);
  EXPECT_GT(ended.b_to_a.bytes, 0U);
}

TEST_F(RelayLimits, FloodsDoNotStretchACancel) {
  const BusyPeer drains(or_raise(right_.try_clone()), drain());
  const BusyPeer floods(std::move(left_), flood());
  auto report = start({});
  or_raise(outside_.sleep(10ms));
  manager_.canceller().cancel();
  const auto ended = report.report();
  EXPECT_TRUE(ended.a_to_b.error && ended.a_to_b.error->cancelled());
  EXPECT_TRUE(ended.b_to_a.error && ended.b_to_a.error->cancelled());
}

TEST_F(RelayLimits, NoTimeMeansToHandOnWhatIsReady) {
  give(left_, "there");
  await_bytes(a_, 5);
  const auto ended = relay(a_, b_, 0s);
  expect_timed_out(ended);
  EXPECT_EQ(ended.a_to_b.bytes, 5U);
  EXPECT_EQ(take(right_, 5), "there");
}

TEST_F(RelayLimits, APeerThatTakesNothingCountsAsSilence) {
  const BusyPeer floods(std::move(left_), flood());
  const auto ended = relay(a_, b_, idle(60ms));
  expect_timed_out(ended);
  EXPECT_GT(ended.a_to_b.bytes, 0U);
}

TEST_F(RelayLimits, GoesOnAfterItsTimeIsOver) {
  expect_timed_out(relay(a_, b_, 1ms));
  auto report = start({});
  give(left_, "again");
  EXPECT_EQ(take(right_, 5), "again");
}

TEST_F(RelayLimits, IsQuietWhileNothingMoves) {
  auto report = start({});
  give(left_, "x");
  EXPECT_EQ(take(right_, 1), "x");
  wait_until_parked(manager_);
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
  or_raise(left_.shutdown(Shutdown::Write));  // the end stays readable
  EXPECT_EQ(take_rest(right_), "");
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
}

TEST_F(RelayLimits, IsQuietWhileNobodyTakes) {
  auto report = start({});
  const auto filled = fill(left_);
  EXPECT_GT(filled, 0U);
  wait_until_parked(manager_);
  EXPECT_LT(processor_time([&] { or_raise(outside_.sleep(200ms)); }), 80ms);
  EXPECT_FALSE(report.over());
}

}  // namespace
}  // namespace mtcp::test
