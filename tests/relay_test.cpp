#include <algorithm>
#include <cstddef>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/busy_peer.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/relayed.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class Relay : public Relayed {};

INSTANTIATE_TEST_SUITE_P(, Relay, both_ways, ::testing::PrintToStringParamName());

void expect_ended(const RelayDirection& direction, std::size_t bytes) {
  EXPECT_EQ(direction.bytes, bytes);
  EXPECT_FALSE(direction.error) << direction.error->message();
}

void expect_failed(const RelayDirection& direction, std::size_t bytes, std::error_condition error) {
  EXPECT_EQ(direction.bytes, bytes);
  ASSERT_TRUE(direction.error);
  EXPECT_EQ(direction.error->code(), error) << direction.error->message();
  EXPECT_EQ(direction.error->transferred(), bytes);
}

void expect_failed(const RelayDirection& direction, std::size_t bytes, std::errc error) {
  expect_failed(direction, bytes, std::make_error_condition(error));
}

/// Sends the pattern from `offset` on and ends.
std::jthread sender(TcpStream& to, std::size_t size, std::size_t offset) {
  return std::jthread([&to, size, offset] {
    or_raise(to.write_all(pattern(size, offset), 60s));
    or_raise(to.shutdown(Shutdown::Write));
  });
}

/// Receives the pattern and the end.
void expect_all(TcpStream& from, std::size_t size, std::size_t offset) {
  std::vector<std::byte> all;
  EXPECT_EQ(or_raise(from.read_to_end(all, size, 60s)), size);
  EXPECT_TRUE(is_pattern(all, offset));
}

TEST_P(Relay, HandsOnEveryByteBothWaysAtOnceThroughSmallBuffers) {
  constexpr std::size_t forth = 2'700'001;
  constexpr std::size_t back = 1'500'003;
  for (TcpStream* stream : {&left_, &a_, &b_, &right_}) {
    or_raise(stream->set_send_buffer_size(4096));
  }
  auto report = start(60s);
  const auto to_right = sender(left_, forth, 0);
  const auto to_left = sender(right_, back, 12345);
  std::jthread other([&] { expect_all(left_, back, 12345); });
  expect_all(right_, forth, 0);
  other.join();
  const auto ended = report.report();
  expect_ended(ended.a_to_b, forth);
  expect_ended(ended.b_to_a, back);
}

TEST_P(Relay, HandsOnTheEndOfOneStreamWhileTheOtherGoesOn) {
  auto report = start();
  give(left_, "question");
  or_raise(left_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "question");
  give(right_, "ans");
  EXPECT_EQ(take(left_, 3), "ans");
  give(right_, "wer");
  or_raise(right_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(left_), "wer");
  const auto ended = report.report();
  expect_ended(ended.a_to_b, 8);
  expect_ended(ended.b_to_a, 6);
}

TEST_P(Relay, HandsOnTheEndTheOtherWayToo) {
  auto report = start();
  or_raise(right_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(left_), "");
  give(left_, "still here");
  EXPECT_EQ(take(right_, 10), "still here");
  or_raise(left_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "");
  const auto ended = report.report();
  expect_ended(ended.a_to_b, 10);
  expect_ended(ended.b_to_a, 0);
}

TEST_P(Relay, TakesWhatWasSentBeforeItBeganAndStreamsThatHaveEnded) {
  give(left_, "early");
  or_raise(left_.shutdown(Shutdown::Write));
  or_raise(right_.shutdown(Shutdown::Write));
  await_end(a_);
  await_end(b_);
  const auto ended = run(0s);
  expect_ended(ended.a_to_b, 5);
  expect_ended(ended.b_to_a, 0);
  EXPECT_EQ(take_rest(right_), "early");
}

TEST_P(Relay, ClosesNothing) {
  const auto before = open_descriptors();
  auto report = start();
  or_raise(left_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "");
  manager_.canceller().cancel();
  const auto ended = report.report();
  expect_ended(ended.a_to_b, 0);
  expect_failed(ended.b_to_a, 0, std::errc::operation_canceled);
  EXPECT_TRUE(std::ranges::includes(open_descriptors(), before));
  manager_.restart();
  give(a_, "farewell");
  EXPECT_EQ(take(left_, 8), "farewell");
  give(right_, "not lost");
  EXPECT_EQ(take(b_, 8), "not lost");
}

TEST_P(Relay, EndsBothWaysByACancel) {
  auto report = start();
  give(left_, "abc");
  EXPECT_EQ(take(right_, 3), "abc");
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto ended = report.report();
  expect_failed(ended.a_to_b, 3, std::errc::operation_canceled);
  expect_failed(ended.b_to_a, 0, std::errc::operation_canceled);
}

TEST_P(Relay, TakesNothingWhenItIsCancelledAlready) {
  give(left_, "abc");
  await_bytes(a_, 3);
  manager_.canceller().cancel();
  const auto ended = run({});
  expect_failed(ended.a_to_b, 0, std::errc::operation_canceled);
  expect_failed(ended.b_to_a, 0, std::errc::operation_canceled);
  manager_.restart();
  EXPECT_EQ(take(a_, 3), "abc");
}

TEST_P(Relay, IsCancelledByEitherManagerOfAFamily) {
  const auto child = or_raise(manager_.child());
  for (TcpStream* young : {&a_, &b_}) {
    a_.tie(manager_);
    b_.tie(manager_);
    young->tie(child);
    for (const TcpManager& cancelled : {manager_, child}) {
      auto report = start();
      give(left_, "x");
      EXPECT_EQ(take(right_, 1), "x");
      cancelled.canceller().cancel();
      expect_failed(report.report().a_to_b, 1, std::errc::operation_canceled);
      cancelled.restart();
    }
  }
}

TEST_P(Relay, IsCancelledByEitherOfTwoManagersThatAreNotRelated) {
  const auto other = make_manager();
  b_.tie(other);
  for (const TcpManager& cancelled : {manager_, other}) {
    auto report = start();
    give(left_, "x");
    EXPECT_EQ(take(right_, 1), "x");
    cancelled.canceller().cancel();
    const auto ended = report.report();
    expect_failed(ended.a_to_b, 1, std::errc::operation_canceled);
    expect_failed(ended.b_to_a, 0, std::errc::operation_canceled);
    cancelled.restart();
  }
}

TEST_P(Relay, RefusesAStreamThatWasMovedFrom) {
  const TcpStream taken = std::move(b_);
  for (const auto& ended : {relay_by(GetParam(), a_, b_, {}), relay_by(GetParam(), b_, a_, {})}) {
    expect_failed(ended.a_to_b, 0, std::errc::bad_file_descriptor);
    expect_failed(ended.b_to_a, 0, std::errc::bad_file_descriptor);
  }
}

TEST_P(Relay, EndsBothWaysByAResetOfTheOneSide) {
  auto report = start();
  give(left_, "abc");
  EXPECT_EQ(take(right_, 3), "abc");
  reset(std::move(left_));
  const auto ended = report.report();  // though the right side is silent
  expect_failed(ended.a_to_b, 3, std::errc::connection_reset);
  expect_failed(ended.b_to_a, 0, std::errc::connection_reset);
}

TEST_P(Relay, EndsBothWaysByAResetOfTheOtherSide) {
  auto report = start();
  give(right_, "abc");
  EXPECT_EQ(take(left_, 3), "abc");
  reset(std::move(right_));
  const auto ended = report.report();
  expect_failed(ended.a_to_b, 0, std::errc::connection_reset);
  expect_failed(ended.b_to_a, 3, std::errc::connection_reset);
}

TEST_P(Relay, GoesOnTheOneWayWhenTheOtherCannotBeWritten) {
  or_raise(b_.shutdown(Shutdown::Write));
  auto report = start();
  give(left_, "in vain");
  give(right_, "but ");
  EXPECT_EQ(take(left_, 4), "but ");
  give(right_, "this");
  EXPECT_EQ(take(left_, 4), "this");
  or_raise(right_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(left_), "");
  const auto ended = report.report();
  expect_failed(ended.a_to_b, 0, std::errc::broken_pipe);
  expect_ended(ended.b_to_a, 8);
}

TEST_P(Relay, GoesOnTheOtherWayWhenTheOneCannotBeWritten) {
  or_raise(a_.shutdown(Shutdown::Write));
  auto report = start();
  give(right_, "in vain");
  give(left_, "this");
  or_raise(left_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "this");
  const auto ended = report.report();
  expect_ended(ended.a_to_b, 4);
  expect_failed(ended.b_to_a, 0, std::errc::broken_pipe);
}

TEST_P(Relay, EndsWhenTheClientIsGoneAndTheServerKeepsSending) {
  auto report = start();
  give(left_, "abc");
  EXPECT_EQ(take(right_, 3), "abc");
  {
    const TcpStream gone = std::move(left_);
  }
  const BusyPeer busy(std::move(right_), flood());
  const auto ended = report.report();
  EXPECT_EQ(ended.a_to_b.bytes, 3U);  // then the end, or the reset that came after it
  if (ended.a_to_b.error) expect_failed(ended.a_to_b, 3, std::errc::connection_reset);
  ASSERT_TRUE(ended.b_to_a.error);
  EXPECT_EQ(ended.b_to_a.error->kind(), TcpError::Kind::Failed);
}

}  // namespace
}  // namespace mtcp::test
