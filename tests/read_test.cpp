#include <array>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

class Read : public Connected {};

TEST_F(Read, ReturnsWhatIsThereWithoutWaitingForMore) {  // R17
  give(client_, "x");
  std::string buffer(10, '.');
  EXPECT_EQ(or_raise(server_.read(buffer, 60s)), 1U);
  EXPECT_EQ(buffer, "x.........");
}

TEST_F(Read, WaitsForTheFirstByte) {
  std::string buffer(10, '.');
  auto reading = std::async(std::launch::async, [&] { return server_.read(buffer); });
  wait_until_parked(manager_);
  give(client_, "hello");
  EXPECT_EQ(or_raise(reading.get()), 5U);
  EXPECT_EQ(buffer, "hello.....");
}

TEST_F(Read, LeavesInTheStreamWhatTheBufferHasNoRoomFor) {
  give(client_, "abcdef");
  await_bytes(server_, 6);
  std::array<char, 4> buffer{};
  EXPECT_EQ(or_raise(server_.read(buffer)), 4U);
  EXPECT_EQ(std::string_view(buffer.data(), 4), "abcd");
  EXPECT_EQ(take(server_, 2), "ef");
}

TEST_F(Read, SaysTheEndAgainAndAgain) {  // R01
  give(client_, "last");
  {
    const auto gone = std::move(client_);
  }
  EXPECT_EQ(take(server_, 4), "last");
  std::array<std::byte, 8> buffer;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(or_raise(server_.read(buffer, 60s)), 0U);
  EXPECT_EQ(or_raise(server_.peek(buffer, 60s)), 0U);
}

TEST_F(Read, TakesEveryByteLikeContiguousBuffer) {
  give(client_, "abcdefgh");
  std::array<std::byte, 1> bytes{};
  unsigned char raw[1] = {};
  std::vector<char8_t> vector(1);
  std::string text(1, ' ');
  std::array<char, 4> rest{};
  EXPECT_EQ(or_raise(server_.read(bytes, 60s)), 1U);
  EXPECT_EQ(or_raise(server_.read(raw, 60s)), 1U);
  EXPECT_EQ(or_raise(server_.read(vector, 60s)), 1U);
  EXPECT_EQ(or_raise(server_.read(text, 60s)), 1U);
  or_raise(server_.read_exact(std::span(rest).last(3), 60s));
  EXPECT_EQ(bytes[0], std::byte{'a'});
  EXPECT_EQ(raw[0], 'b');
  EXPECT_EQ(vector[0], u8'c');
  EXPECT_EQ(text, "d");
  EXPECT_EQ(std::string_view(rest.data(), 4), "\0efg"sv);
}

// R21, R22
TEST_F(Read, EmptyBufferSucceedsAtOnceWithoutASystemCallAndIsNotTheEnd) {
  unsigned calls = 0;
  {
    const SystemCallJudge judge([&](const SystemCall&) {
      ++calls;
      return Verdict::pass();
    });
    EXPECT_EQ(or_raise(server_.read(std::span<std::byte>())), 0U);
    EXPECT_EQ(or_raise(server_.peek(std::span<std::byte>())), 0U);
    EXPECT_TRUE(server_.read_exact(std::span<std::byte>()));
    EXPECT_EQ(or_raise(server_.read(MutableBytes(), 0s)), 0U);
  }
  EXPECT_EQ(calls, 0U);
  give(client_, "still there");
  EXPECT_EQ(take(server_, 11), "still there");
}

TEST_F(Read, EmptyBufferDoesNotHideACancelledState) {  // C01, R22
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(server_.read(MutableBytes())).cancelled());
  EXPECT_TRUE(error_of(server_.peek(MutableBytes())).cancelled());
  EXPECT_TRUE(error_of(server_.read_exact(MutableBytes())).cancelled());
}

TEST_F(Read, CancelledStateWinsOverReadyDataAndLosesNone) {  // C02
  give(client_, "data");
  await_bytes(server_, 4);
  manager_.canceller().cancel();
  std::string buffer(4, '.');
  EXPECT_TRUE(error_of(server_.read(buffer)).cancelled());
  EXPECT_TRUE(error_of(server_.peek(buffer)).cancelled());
  EXPECT_TRUE(error_of(server_.read_exact(buffer)).cancelled());
  EXPECT_EQ(buffer, "....");
  EXPECT_TRUE(manager_.restart());
  EXPECT_EQ(take(server_, 4), "data");
}

TEST_F(Read, ReadyDataWinsOverAPassedDeadline) {  // T01, T08
  give(client_, "abcd");
  await_bytes(server_, 4);
  std::array<char, 1> one{};
  for (const Timeout passed :
       {Timeout(0s), Timeout(-5s), Timeout(Deadline(-1h)), idle(0s), idle(1h).within(-1ns)})
    EXPECT_EQ(or_raise(server_.peek(one, passed)), 1U);
  EXPECT_EQ(or_raise(server_.read(one, 0s)), 1U);
  EXPECT_EQ(take(server_, 3), "bcd");
  EXPECT_TRUE(error_of(server_.read(one, 0s)).timed_out());
  EXPECT_TRUE(error_of(server_.peek(one, -5s)).timed_out());
}

TEST_F(Read, EndWinsOverAPassedDeadline) {
  or_raise(client_.shutdown(Shutdown::Write));
  await_end(server_);
  std::array<char, 1> one{};
  EXPECT_EQ(or_raise(server_.read(one, -1s)), 0U);
}

TEST_F(Read, GoesOnAfterATimeout) {  // T15
  std::array<char, 8> buffer{};
  expect_ends_after(30ms, [&] { EXPECT_TRUE(error_of(server_.read(buffer, 30ms)).timed_out()); });
  give(client_, "late");
  EXPECT_EQ(take(server_, 4), "late");
}

TEST_F(Read, PeekShowsTheSameBytesUntilTheyAreRead) {  // R37
  give(client_, "twice");
  await_bytes(server_, 5);
  for (int i = 0; i < 3; ++i) {
    std::string seen(8, '.');
    EXPECT_EQ(or_raise(server_.peek(seen, 60s)), 5U);
    EXPECT_EQ(seen, "twice...");
  }
  EXPECT_EQ(take(server_, 5), "twice");
  std::array<std::byte, 1> one;
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(server_.peek(one, 20ms)).timed_out()); });
}

TEST_F(Read, PeekWaitsAndIsCancelled) {
  std::array<std::byte, 1> one;
  auto peeking = std::async(std::launch::async, [&] { return server_.peek(one); });
  wait_until_parked(manager_);
  give(client_, "p");
  EXPECT_EQ(or_raise(peeking.get()), 1U);
  EXPECT_EQ(take(server_, 1), "p");
  peeking = std::async(std::launch::async, [&] { return server_.peek(one); });
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(peeking.get()).cancelled());
}

TEST_F(Read, DataForAnotherStreamIsThereAtOnce) {  // R42
  auto other = make_pair(manager_);
  std::array<char, 1> first{};
  auto reading = std::async(std::launch::async, [&] { return server_.read(first); });
  wait_until_parked(manager_);
  give(other.client, "2");
  await_bytes(other.server, 1);
  give(client_, "1");
  EXPECT_EQ(or_raise(reading.get()), 1U);
  std::array<char, 1> second{};
  EXPECT_EQ(or_raise(other.server.read(second, 0s)), 1U);
  EXPECT_EQ(second[0], '2');
}

class ReadExact : public Connected {};

TEST_F(ReadExact, FillsTheBufferHoweverTheBytesTrickle) {
  std::string buffer(5, '.');
  auto reading = std::async(std::launch::async, [&] { return server_.read_exact(buffer); });
  for (const char c : "trick"s) {
    wait_until_parked(manager_);
    give(client_, std::string(1, c));
  }
  EXPECT_TRUE(reading.get());
  EXPECT_EQ(buffer, "trick");
}

TEST_F(ReadExact, TakesNotOneByteMore) {
  give(client_, "abcdef");
  EXPECT_EQ(take(server_, 3), "abc");
  EXPECT_EQ(take(server_, 3), "def");
}

TEST_F(ReadExact, IsIncompleteAtTheEndWithTheBytesKept) {  // R24
  give(client_, std::string(60, 'x'));
  or_raise(client_.shutdown(Shutdown::Write));
  std::string buffer(100, '.');
  const auto failed = server_.read_exact(buffer, 60s);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
  EXPECT_EQ(error_of(failed).transferred(), 60U);
  EXPECT_EQ(buffer, std::string(60, 'x') + std::string(40, '.'));
  const auto again = server_.read_exact(buffer, 60s);
  EXPECT_EQ(error_of(again).kind(), TcpError::Kind::Incomplete);
  EXPECT_EQ(error_of(again).transferred(), 0U);
}

TEST_F(ReadExact, GoesOnExactlyThereAfterATimeout) {  // T19, law 2
  std::string buffer(10, '.');
  give(client_, "0123");
  await_bytes(server_, 4);
  const auto failed = server_.read_exact(buffer, 20ms);
  EXPECT_TRUE(error_of(failed).timed_out());
  ASSERT_EQ(error_of(failed).transferred(), 4U);
  EXPECT_EQ(buffer, "0123......");
  give(client_, "456789");
  or_raise(server_.read_exact(std::span(buffer).subspan(4), 60s));
  EXPECT_EQ(buffer, "0123456789");
}

TEST_F(ReadExact, GoesOnExactlyThereAfterACancel) {  // C08
  std::string buffer(100, '.');
  auto reading = std::async(std::launch::async, [&] { return server_.read_exact(buffer); });
  wait_until_parked(manager_);
  give(client_, std::string(60, 'x'));
  await_taken(client_, server_);
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto failed = reading.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  manager_.restart();
  ASSERT_EQ(error_of(failed).transferred(), 60U);
  EXPECT_EQ(buffer, std::string(60, 'x') + std::string(40, '.'));
  give(client_, std::string(40, 'y'));
  or_raise(server_.read_exact(std::span(buffer).subspan(60), 60s));
  EXPECT_EQ(buffer, std::string(60, 'x') + std::string(40, 'y'));
}

TEST_F(ReadExact, TakesWhatIsReadyWhenItsDeadlineHasPassed) {  // T01
  give(client_, "0123456789");
  await_bytes(server_, 10);
  std::string whole(10, '.');
  unsigned calls = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "recv") ++calls;
    return call.name == "recv" ? Verdict::shorten(3) : Verdict::pass();
  });
  or_raise(server_.read_exact(whole, 0s));
  EXPECT_EQ(whole, "0123456789");
  EXPECT_EQ(calls, 4U);
}

}  // namespace
}  // namespace mtcp::test
