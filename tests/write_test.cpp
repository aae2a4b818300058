#include <array>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Write : public NarrowlyConnected {
 protected:
  /// Reads `size` bytes in the background and checks that they are the pattern.
  std::future<bool> expect_pattern_at_server(std::size_t size) {
    return std::async(std::launch::async, [this, size] {
      std::vector<std::byte> received(size);
      or_raise(server_.read_exact(received, 60s));
      return is_pattern(received);
    });
  }
};

TEST_F(Write, ReturnsHowManyBytesTheKernelTook) {
  EXPECT_EQ(or_raise(client_.write("hello"sv)), 5U);
  EXPECT_EQ(take(server_, 5), "hello");
}

TEST_F(Write, TakesAPartOfABufferThatIsTooBig) {  // R19
  const auto bytes = pattern(too_much);
  std::size_t sent = 0;
  for (;;) {
    const auto count = client_.write(std::span(bytes).subspan(sent), 50ms);
    if (!count) {
      EXPECT_TRUE(error_of(count).timed_out());
      EXPECT_EQ(error_of(count).transferred(), 0U);
      break;
    }
    EXPECT_GE(*count, 1U);
    sent += *count;
    ASSERT_LT(sent, too_much);
  }
  EXPECT_GT(sent, 0U);
  EXPECT_TRUE(expect_pattern_at_server(sent).get());
}

TEST_F(Write, TakesEveryByteLikeContiguousBuffer) {
  const std::array<std::byte, 1> bytes{std::byte{'a'}};
  const unsigned char raw[] = {'b'};
  const std::vector<char8_t> vector{u8'c'};
  const std::string text = "d";
  or_raise(client_.write_all(bytes));
  or_raise(client_.write_all(raw));
  or_raise(client_.write_all(vector));
  or_raise(client_.write_all(text));
  or_raise(client_.write_all(u8"e"sv));
  or_raise(client_.write_all(std::span(text)));
  EXPECT_EQ(take(server_, 6), "abcded");
}

TEST_F(Write, OfNothingSucceedsAtOnceWithoutASystemCall) {  // R22
  fill(client_);
  unsigned calls = 0;
  const SystemCallJudge judge([&](const SystemCall&) {
    ++calls;
    return Verdict::pass();
  });
  EXPECT_EQ(or_raise(client_.write(""sv)), 0U);
  EXPECT_EQ(or_raise(client_.write(ConstBytes(), 0s)), 0U);
  EXPECT_TRUE(client_.write_all(""sv));
  EXPECT_TRUE(client_.write_all({""sv, ""sv}));
  EXPECT_TRUE(client_.write_all(std::span<const ConstBytes>()));
  EXPECT_EQ(calls, 0U);
}

TEST_F(Write, OfNothingDoesNotHideACancelledState) {  // C01, R22
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(client_.write(""sv)).cancelled());
  EXPECT_TRUE(error_of(client_.write_all(""sv)).cancelled());
  EXPECT_TRUE(error_of(client_.write_all({""sv, ""sv})).cancelled());
  EXPECT_TRUE(error_of(client_.write_all(std::span<const ConstBytes>())).cancelled());
}

TEST_F(Write, CancelledStateWinsOverRoomAndSendsNothing) {  // C02
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(client_.write("no"sv)).cancelled());
  EXPECT_TRUE(error_of(client_.write_all("no"sv)).cancelled());
  manager_.restart();
  give(client_, "yes");
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(server_), "yes");
}

TEST_F(Write, RoomWinsOverAPassedDeadline) {  // T03
  EXPECT_EQ(or_raise(client_.write("a"sv, 0s)), 1U);
  EXPECT_EQ(or_raise(client_.write("b"sv, -5s)), 1U);
  EXPECT_TRUE(client_.write_all("c"sv, Deadline(-1h)));
  fill(client_);
  const auto failed = client_.write("d"sv, 0s);
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_TRUE(error_of(client_.write_all("d"sv, -1ns)).timed_out());
  EXPECT_EQ(take(server_, 3), "abc");
}

TEST_F(Write, OfAllArrivesInOrderAtASlowReader) {  // R18
  const auto bytes = pattern(too_much);
  auto sending = std::async(std::launch::async, [&] { return client_.write_all(bytes, 60s); });
  std::vector<std::byte> received;
  std::vector<std::byte> buffer(50'000);
  while (received.size() < bytes.size()) {
    wait_until_parked(manager_, received.size() + (1 << 20) < bytes.size() ? 1 : 0);
    const auto count = or_raise(server_.read(buffer, 60s));
    ASSERT_GT(count, 0U);
    received.insert(received.end(), buffer.begin(), buffer.begin() + std::ptrdiff_t(count));
  }
  EXPECT_TRUE(sending.get());
  EXPECT_TRUE(is_pattern(received));
}

TEST_F(Write, OfAllGoesOnExactlyThereAfterATimeout) {  // T21, law 2
  const auto bytes = pattern(too_much);
  const auto failed = client_.write_all(bytes, 50ms);
  ASSERT_TRUE(error_of(failed).timed_out());
  const auto sent = error_of(failed).transferred();
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, bytes.size());
  auto received = expect_pattern_at_server(bytes.size());
  or_raise(client_.write_all(std::span(bytes).subspan(sent), 60s));
  EXPECT_TRUE(received.get());
}

TEST_F(Write, OfAllLeavesThePeerExactlyThePrefixItCounted) {  // C06
  const auto bytes = pattern(too_much);
  auto sending = std::async(std::launch::async, [&] { return client_.write_all(bytes); });
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto failed = sending.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  const auto sent = error_of(failed).transferred();
  EXPECT_GT(sent, 0U);
  or_raise(client_.shutdown(Shutdown::Write));
  manager_.restart();
  std::vector<std::byte> received;
  EXPECT_EQ(or_raise(server_.read_to_end(received, too_much, 60s)), sent);
  EXPECT_TRUE(is_pattern(received));
}

TEST_F(Write, OfAllGoesOnExactlyThereAfterManyCancels) {  // C07
  const auto bytes = pattern(too_much);
  std::atomic<bool> done = false;
  std::size_t sent = 0;
  unsigned cancels = 0;
  auto writing = std::async(std::launch::async, [&] {
    while (sent < bytes.size()) {
      const auto written = client_.write_all(std::span(bytes).subspan(sent), 60s);
      if (written) break;
      if (!written.error().cancelled()) written.error().raise();
      sent += written.error().transferred();
      ++cancels;
      manager_.restart();
    }
    done = true;
  });
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  server_.tie(make_manager());
  auto received = expect_pattern_at_server(bytes.size());
  while (!done) {
    std::this_thread::sleep_for(200us);
    manager_.canceller().cancel();
  }
  writing.get();
  EXPECT_TRUE(received.get());
  EXPECT_GE(cancels, 1U);
}

TEST_F(Write, WaitsUntilTheReaderMakesRoom) {  // R47
  const auto size = fill(client_);
  auto writing = std::async(std::launch::async, [&] { return client_.write("more"sv, 60s); });
  wait_until_parked(manager_);
  EXPECT_EQ(take(server_, size).size(), size);
  EXPECT_EQ(or_raise(writing.get()), 4U);
  EXPECT_EQ(take(server_, 4), "more");
}

TEST_F(Write, TimesOutOnTimeAlthoughTheReaderTakesALittle) {  // R47
  const auto size = fill(client_);
  std::size_t taken = 0;
  expect_ends_after(50ms, [&] {
    auto taking = std::async(std::launch::async, [&] {
      for (int i = 0; i < 5 && taken + 100 < size; ++i) taken += take(server_, 100).size();
    });
    const auto failed = client_.write_all(std::string(too_much, 'x'), 50ms);
    EXPECT_TRUE(error_of(failed).timed_out());
    taking.get();
  });
}

TEST_F(Write, OfAllEndsWhenAPeerThatNeverReadsCloses) {  // R46
  auto writing =
      std::async(std::launch::async, [&] { return client_.write_all(std::string(too_much, 'x')); });
  wait_until_parked(manager_);
  {
    const auto closed = std::move(server_);
  }
  const auto failed = writing.get();
  EXPECT_TRUE(error_of(failed) == std::errc::connection_reset ||
              error_of(failed) == std::errc::broken_pipe)
      << error_of(failed).message();
  EXPECT_GT(error_of(failed).transferred(), 0U);
}

TEST_F(Write, DoesNotDisturbAReadOfTheSameStream) {  // T17, T18
  std::array<char, 1> one{};
  EXPECT_TRUE(error_of(client_.read(one, 1ms)).timed_out());
  const auto bytes = pattern(too_much);
  auto received = expect_pattern_at_server(bytes.size());
  EXPECT_TRUE(client_.write_all(bytes));
  EXPECT_TRUE(received.get());
  give(server_, "x");
  EXPECT_EQ(take(client_, 1), "x");
}

TEST_F(Write, UsesTheDefaultTimeoutForWrites) {
  fill(client_);
  client_.set_default_timeouts(1h, 20ms);
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(client_.write("x"sv)).timed_out()); });
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(client_.write_all("x"sv)).timed_out()); });
  client_.set_default_timeouts({}, {});
  auto writing = std::async(std::launch::async, [&] { return client_.write("x"sv); });
  wait_until_parked(manager_);
  EXPECT_EQ(writing.wait_for(50ms), std::future_status::timeout);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(writing.get()).cancelled());
}

}  // namespace
}  // namespace mtcp::test
