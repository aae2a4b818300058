// Zero, negative or past: try once without waiting; what is ready is taken, otherwise TimedOut.

#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/nothing_ready.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::duration;
using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

struct NamedBound {
  const char* name;
  Bound bound;
};

/// Every way to say: now or never.
std::vector<NamedBound> no_time() {
  const auto now = steady_clock::now();
  return {{"zero", 0s},
          {"minus 1 ns", -1ns},
          {"minus 5 s", -5s},
          {"least nanoseconds", nanoseconds::min()},
          {"least hours", hours::min()},
          {"minus infinity", duration<double>(-std::numeric_limits<double>::infinity())},
          {"no number", duration<double>(std::nan(""))},
          {"5 s ago", now - 5s},
          {"this moment", now},
          {"first point", steady_clock::time_point::min()},
          {"idle zero", Bound::idle(0ns)},
          {"idle negative", Bound::idle(-5s)}};
}

class Now : public Connected {
 protected:
  /// Runs `test` with each of no_time().
  template <class Test>
  void with_no_time(Test test) {
    for (const auto& [name, bound] : no_time()) {
      SCOPED_TRACE(name);
      test(bound);
    }
  }
};

// T04, T07, T08
TEST_F(Now, EveryOperationTimesOutWhereNothingIsReady) {
  NothingReady nothing(manager_);
  const DescriptorGuard guard;
  for (const auto& [name, run] : nothing.operations()) {
    SCOPED_TRACE(name);
    expect_prompt([&] {
      with_no_time([&](const Bound& bound) {
        const auto error = error_of(run(bound));
        EXPECT_TRUE(error.timed_out()) << error.message();
        EXPECT_EQ(error.transferred(), 0U);
      });
    });
  }
}

TEST_F(Now, NothingIsDisturbedByATimeout) {
  NothingReady nothing(manager_);
  for (const auto& [name, run] : nothing.operations()) EXPECT_FALSE(run(0s)) << name;
  give(nothing.idle_peer(), "x");
  EXPECT_EQ(take(nothing.idle(), 1), "x");
  EXPECT_TRUE(nothing.full().shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(nothing.full_peer()).size(), nothing.filled());
  const auto client = TcpStream::connect(manager_, or_raise(nothing.listener().local_addr()), 60s);
  EXPECT_TRUE(client);
  EXPECT_TRUE(nothing.listener().accept(60s));
}

// T01, T08
TEST_F(Now, WhatHasArrivedIsRead) {
  with_no_time([&](const Bound& bound) {
    give(client_, "abcd");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    EXPECT_TRUE(manager_.wait_readable(server_.native_handle(), bound.deadline()));
    std::array<char, 2> buffer{};
    EXPECT_EQ(or_raise(server_.peek(buffer, bound.timeout())), 2U);
    EXPECT_EQ(or_raise(server_.read(buffer, bound.timeout())), 2U);
    EXPECT_EQ(std::string_view(buffer.data(), 2), "ab");
    EXPECT_TRUE(server_.read_exact(buffer, bound.timeout()));
    EXPECT_EQ(std::string_view(buffer.data(), 2), "cd");
  });
}

// T03
TEST_F(Now, WhatThereIsRoomForIsWritten) {
  with_no_time([&](const Bound& bound) {
    EXPECT_TRUE(manager_.wait_writable(client_.native_handle(), bound.deadline()));
    EXPECT_EQ(or_raise(client_.write("ab"sv, bound.timeout())), 2U);
    EXPECT_TRUE(client_.write_all("cd"sv, bound.timeout()));
    EXPECT_TRUE(client_.write_all({"e"sv, "f"sv}, bound.timeout()));
    EXPECT_EQ(take(server_, 6), "abcdef");
  });
}

// T02
TEST_F(Now, WhoHasConnectedIsAccepted) {
  auto listener = make_listener(manager_);
  with_no_time([&](const Bound& bound) {
    const auto client = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr())));
    ASSERT_TRUE(manager_.wait_readable(listener.native_handle(), 60s));
    const auto accepted = listener.accept(bound.deadline());
    ASSERT_TRUE(accepted);
    EXPECT_EQ(or_raise(accepted->peer_addr()), or_raise(client.local_addr()));
  });
}

TEST_F(Now, ConnectingSucceedsAtOnceOrTimesOut) {
  auto listener = make_listener(manager_);
  const DescriptorGuard guard;
  with_no_time([&](const Bound& bound) {
    const auto stream =
        TcpStream::connect(manager_, or_raise(listener.local_addr()), bound.deadline());
    if (!stream) {
      EXPECT_TRUE(stream.error().timed_out()) << stream.error().message();
    }
  });
}

TEST_F(Now, SleepingIsOver) {
  expect_prompt([&] {
    with_no_time([&](const Bound& bound) { EXPECT_TRUE(manager_.sleep(bound.deadline())); });
  });
}

TEST_F(Now, EmptyBuffersSucceed) {
  with_no_time([&](const Bound& bound) {
    std::vector<std::byte> none;
    EXPECT_EQ(or_raise(server_.read(none, bound.timeout())), 0U);
    EXPECT_EQ(or_raise(server_.peek(none, bound.timeout())), 0U);
    EXPECT_TRUE(server_.read_exact(none, bound.timeout()));
    EXPECT_EQ(or_raise(server_.write(none, bound.timeout())), 0U);
    EXPECT_TRUE(server_.write_all(none, bound.timeout()));
    EXPECT_TRUE(server_.write_all({none, none}, bound.timeout()));
  });
}

// Law 1: a cancelled state comes before anything else.
TEST_F(Now, ACancelledStateWinsOverThePastDeadline) {
  NothingReady nothing(manager_);
  manager_.canceller().cancel();
  for (const auto& [name, run] : nothing.operations()) {
    EXPECT_TRUE(error_of(run(0s)).cancelled()) << name;
  }
  EXPECT_TRUE(error_of(manager_.sleep(0s)).cancelled());
  manager_.restart();
}

// A composite call takes all that is there, as if it had the time.
TEST_F(Now, AWholeMessageIsRead) {
  with_no_time([&](const Bound& bound) {
    give(client_, "head\n\nbody");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    std::string text;
    const auto complete = [](std::string_view seen) { return seen.ends_with("body"); };
    EXPECT_TRUE(server_.read_all(text, {.timeout = bound.timeout(), .chunk = 1}, complete));
    EXPECT_EQ(text, "head\n\nbody");
  });
}

TEST_F(Now, AWholeStreamIsReadToItsEnd) {
  with_no_time([&](const Bound& bound) {
    auto [client, server] = make_pair(manager_);
    give(client, std::string(100'000, 'x'));
    or_raise(client.shutdown(Shutdown::Write));
    std::string text;
    while (text.size() < 100'000) {  // some of it may still be on its way
      ASSERT_TRUE(manager_.wait_readable(server.native_handle(), 60s));
      if (server.read_to_end(text, 100'000, bound.timeout())) break;
    }
    ASSERT_TRUE(manager_.wait_readable(server.native_handle(), 60s));
    EXPECT_EQ(or_raise(server.read_to_end(text, 100'000, bound.timeout())), 0U);
    EXPECT_EQ(text.size(), 100'000U);
  });
}

TEST_F(Now, PartOfAMessageIsKept) {
  with_no_time([&](const Bound& bound) {
    give(client_, "abc");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    std::array<char, 5> buffer{};
    const auto error = error_of(server_.read_exact(buffer, bound.timeout()));
    EXPECT_TRUE(error.timed_out());
    EXPECT_EQ(error.transferred(), 3U);
    EXPECT_EQ(std::string_view(buffer.data(), 3), "abc");

    give(client_, "def");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    std::string text = "abc";
    const auto never = [](std::string_view) { return false; };
    const auto incomplete = error_of(server_.read_all(text, {.timeout = bound.timeout()}, never));
    EXPECT_TRUE(incomplete.timed_out());
    EXPECT_EQ(incomplete.transferred(), 3U);
    EXPECT_EQ(text, "abcdef");
    EXPECT_TRUE(error_of(server_.read_to_end(text, 100, bound.timeout())).timed_out());
    EXPECT_EQ(text, "abcdef");
  });
}

// T25
TEST_F(Now, PartOfMuchDataIsWrittenAndCounted) {
  const std::vector<std::byte> much(64 << 20);
  std::size_t sum = 0;
  for (const auto& [name, bound] : no_time()) {
    const auto result = client_.write_all(much, bound.timeout());
    ASSERT_FALSE(result) << name;
    EXPECT_TRUE(result.error().timed_out()) << name;
    sum += result.error().transferred();
  }
  EXPECT_GT(sum, 0U);
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(server_).size(), sum);
}

}  // namespace
}  // namespace mtcp::test
