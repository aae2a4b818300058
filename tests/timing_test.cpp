#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/busy_peer.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/nothing_ready.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::duration;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

class Timing : public Connected {};

// T09, T12, T13, T14: never early, and at most a little late.
TEST(TimingOfEveryOperation, EndsWhenItsTimeIsOver) {
  const auto manager = make_manager();
  NothingReady nothing(manager);
  for (const auto& [name, run] : nothing.operations()) {
    SCOPED_TRACE(name);
    for (const nanoseconds length : {1ns, 999ns, 50'000ns, 1'000'000ns, 15'000'000ns})
      expect_ends_after(length, [&] {
        const auto result = run(length);
        ASSERT_FALSE(result);
        EXPECT_TRUE(result.error().timed_out()) << result.error().message();
      });
  }
}

TEST(TimingOfEveryOperation, EndsAtADeadlineThatWasMadeBefore) {
  const auto manager = make_manager();
  NothingReady nothing(manager);
  for (const auto& [name, run] : nothing.operations()) {
    SCOPED_TRACE(name);
    const Deadline deadline = 10ms;
    ASSERT_TRUE(manager.sleep(5ms));
    const auto result = run(deadline);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().timed_out()) << result.error().message();
    EXPECT_TRUE(deadline.expired());
  }
}

// T09, with data: one deadline, reading to the end in a loop.
TEST_F(Timing, NeverEndsEarlyForManyLengths) {
  for (const nanoseconds length : {1ns, 2ns, 5ns, 50ns, 100ns, 200ns, 500ns, 750ns, 1000ns, 5000ns,
                                   25'000ns, 250'000ns, 500'000ns, 1'000'000ns, 5'000'000ns}) {
    for (int i = 0; i < 3; ++i) {
      std::byte byte;
      const auto start = steady_clock::now();
      const auto result = server_.read(std::span(&byte, 1), length);
      const auto took = steady_clock::now() - start;
      ASSERT_FALSE(result);
      ASSERT_TRUE(result.error().timed_out());
      ASSERT_GE(took, length);
    }
  }
}

// The ancestor counted in milliseconds, rounded up: 100 us took 1081 us.
TEST_F(Timing, IsFinerThanMilliseconds) {
  auto best = nanoseconds::max();
  for (int i = 0; i < 1000 && best > 900us; ++i)
    best = std::min(best, elapsed([&] {
                      std::byte byte;
                      EXPECT_FALSE(server_.read(std::span(&byte, 1), 100us));
                    }));
  EXPECT_GE(best, 100us);
  EXPECT_LE(best, 900us);
}

// T15
TEST_F(Timing, LeavesAStreamUsableAfterATimeout) {
  std::array<char, 16> buffer{};
  EXPECT_TRUE(error_of(server_.read(buffer, 1ms)).timed_out());
  give(client_, "abc");
  EXPECT_EQ(or_raise(server_.read(buffer, 60s)), 3U);
  EXPECT_TRUE(error_of(server_.read(buffer, 1ms)).timed_out());
  give(client_, "def");
  EXPECT_EQ(or_raise(server_.read(buffer)), 3U);
  EXPECT_EQ(std::string_view(buffer.data(), 3), "def");
}

// T16
TEST(TimingOfAccept, LeavesTheListenerUsableAfterATimeout) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  EXPECT_TRUE(error_of(listener.accept(1ms)).timed_out());
  const auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr())));
  const auto accepted = listener.accept(60s);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(or_raise(accepted->peer_addr()), or_raise(client.local_addr()));
}

// T17, T18
TEST_F(Timing, OfOneDirectionDoesNotTouchTheOther) {
  std::array<char, 16> buffer{};
  EXPECT_TRUE(error_of(client_.read(buffer, 1ms)).timed_out());
  const std::vector<std::byte> much(3'000'000);
  std::size_t seen = 0;
  {
    std::jthread slow_reader([&] {
      std::vector<std::byte> chunk(100'000);
      while (seen < much.size()) seen += or_raise(server_.read(chunk, 60s));
    });
    EXPECT_TRUE(client_.write_all(much));
  }
  EXPECT_EQ(seen, much.size());
  fill(client_);  // ends by a timeout
  give(server_, "still there");
  EXPECT_EQ(take(client_, 11), "still there");
}

// T19
TEST(TimingOfBothDirections, KeepsThemInStep) {
  const auto manager = make_manager();
  NothingReady nothing(manager);
  std::array<char, 16> buffer{};
  EXPECT_TRUE(error_of(nothing.full().read(buffer, 1ms)).timed_out());
  EXPECT_TRUE(error_of(nothing.full().write(buffer, 1ms)).timed_out());
  std::vector<std::byte> all(nothing.filled());
  EXPECT_TRUE(nothing.full_peer().read_exact(all, 60s));
  EXPECT_TRUE(error_of(nothing.full_peer().read(buffer, 1ms)).timed_out()) << "no byte too many";
  give(nothing.full(), "ping");
  EXPECT_EQ(take(nothing.full_peer(), 4), "ping");
  give(nothing.full_peer(), "pong");
  EXPECT_EQ(take(nothing.full(), 4), "pong");
}

// T13: what the kernel took before the time was over is counted.
TEST_F(Timing, CountsWhatWasWrittenBeforeIt) {
  const std::vector<std::byte> much(64 << 20);
  const auto error = error_of(client_.write_all(much, 20ms));
  EXPECT_TRUE(error.timed_out());
  EXPECT_GT(error.transferred(), 0U);
  EXPECT_LT(error.transferred(), much.size());
  EXPECT_TRUE(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(server_).size(), error.transferred());
}

// T22
TEST_F(Timing, OfADeadlineBoundsManyCallsTogether) {
  const BusyPeer peer(std::move(client_), trickle(1ms));
  expect_ends_after(100ms, [&] {
    const Deadline deadline = 100ms;
    Result<std::size_t> result = 0;
    int calls = 0;
    std::byte byte;
    for (; result && calls < 10'000; ++calls) result = server_.read(std::span(&byte, 1), deadline);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().timed_out());
    EXPECT_GT(calls, 1);
  });
}

// T34: a shorter one inside a longer one.
TEST_F(Timing, OfACallLeavesTheOuterDeadlineArmed) {
  expect_ends_after(40ms, [&] {
    const Deadline outer = 40ms;
    std::byte byte;
    expect_ends_after(5ms, [&] {
      const Deadline inner = 5ms;
      EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), std::min(inner, outer))).timed_out());
    });
    EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), outer)).timed_out());
  });
}

// T27: both end after one timeout, not one after the other.
TEST(TimingOfAccept, IsEachThreadsOwn) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  expect_ends_after(50ms, [&] {
    const auto accept = [&] { EXPECT_TRUE(error_of(listener.accept(50ms)).timed_out()); };
    std::jthread other(accept);
    accept();
  });
}

// T28
TEST(TimingOfAccept, OneGetsTheClientAndTheOtherItsTimeout) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const Deadline deadline = 100ms;
  std::array<bool, 2> accepted{};
  {
    std::vector<std::jthread> threads;
    for (bool& mine : accepted)
      threads.emplace_back([&] {
        const auto result = listener.accept(deadline);
        mine = result.has_value();
        if (!result) {
          EXPECT_TRUE(result.error().timed_out());
          EXPECT_TRUE(deadline.expired());
        }
      });
    const auto client = TcpStream::connect(manager, or_raise(listener.local_addr()));
    EXPECT_TRUE(client);
  }
  EXPECT_NE(accepted[0], accepted[1]);
}

// T30
TEST_F(Timing, EndsAWaitBeforeTheDeadlineWhenSomethingComes) {
  std::jthread writer([&] {
    wait_until_parked(manager_);
    give(client_, "x");
  });
  expect_prompt([&] {
    std::byte byte;
    EXPECT_EQ(or_raise(server_.peek(std::span(&byte, 1), 60s)), 1U);
  });
}

TEST_F(Timing, OverLeavesNothingThatDisturbsTheNextWait) {
  auto [other_client, other_server] = make_pair(manager_);
  std::byte byte;
  EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), 1ms)).timed_out());
  give(client_, "late");  // nobody waits for it
  expect_ends_after(20ms, [&] {
    EXPECT_TRUE(error_of(other_server.read(std::span(&byte, 1), 20ms)).timed_out());
  });
  EXPECT_EQ(take(server_, 4), "late");
}

// T05
TEST_F(Timing, OfAbsurdLengthIsNoEarlyEnd) {
  auto listener = make_listener(manager_);
  const auto address = or_raise(listener.local_addr());
  const auto try_with = [&](const Bound& bound, const char* what) {
    SCOPED_TRACE(what);
    std::jthread writer([&] {
      wait_until_parked(manager_);
      give(client_, "x");
    });
    std::byte byte;
    EXPECT_EQ(or_raise(server_.read(std::span(&byte, 1), bound.timeout())), 1U);
    EXPECT_TRUE(client_.write_all("y"sv, bound.timeout()));
    EXPECT_TRUE(server_.read_exact(std::span(&byte, 1), bound.timeout()));
    EXPECT_TRUE(TcpStream::connect(manager_, address, bound.deadline()));
    EXPECT_TRUE(listener.accept(bound.deadline()));
  };
  try_with(nanoseconds::max(), "nanoseconds");
  try_with(hours::max(), "hours");
  try_with(duration<double>::max(), "double");
  try_with(duration<double>(std::numeric_limits<double>::infinity()), "infinite");
  try_with(milliseconds(1LL << 32), "2^32 ms");
  try_with(Bound::idle(nanoseconds::max()), "idle");
  try_with(steady_clock::time_point::max(), "last point");
  try_with(steady_clock::time_point::max() - 1ns, "last point but one");
}

TEST_F(Timing, OfAConstantStartsWithEachCall) {
  constexpr Timeout constant = 10ms;
  constexpr Timeout silence = idle(10ms);
  std::byte byte;
  for (const Timeout& timeout : {constant, constant, silence, silence})
    expect_ends_after(10ms, [&] {
      EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), timeout)).timed_out());
    });
}

class DefaultTimeouts : public Connected {
 protected:
  void expect_read_ends_after(nanoseconds length) {
    expect_ends_after(length, [&] {
      std::byte byte;
      EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1))).timed_out());
    });
  }

  /// Whether a read without a timeout of its own waits until bytes come.
  void expect_reads_wait(Timeout timeout = {}) {
    std::jthread writer([&] {
      wait_until_parked(manager_);
      EXPECT_TRUE(manager_.sleep(5ms));
      give(client_, "x");
    });
    std::byte byte;
    EXPECT_TRUE(server_.read_exact(std::span(&byte, 1), timeout));
  }
};

TEST_F(DefaultTimeouts, AreNeverAtFirst) {
  expect_reads_wait();
}

TEST_F(DefaultTimeouts, BoundEachReadThatHasNoneOfItsOwn) {
  server_.set_default_timeouts(2ms, {});
  std::array<char, 4> buffer;
  std::string text;
  EXPECT_TRUE(error_of(server_.read(buffer)).timed_out());
  EXPECT_TRUE(error_of(server_.peek(buffer, {})).timed_out());
  EXPECT_TRUE(error_of(server_.read_exact(buffer)).timed_out());
  EXPECT_TRUE(error_of(server_.read_to_end(text, 9)).timed_out());
  const auto never = [](std::string_view) { return false; };
  EXPECT_TRUE(error_of(server_.read_all(text, {}, never)).timed_out());
  expect_read_ends_after(2ms);
}

TEST_F(DefaultTimeouts, BoundEachWriteThatHasNoneOfItsOwn) {
  NothingReady nothing(manager_);
  nothing.full().set_default_timeouts({}, 2ms);
  EXPECT_TRUE(error_of(nothing.full().write("x"sv)).timed_out());
  EXPECT_TRUE(error_of(nothing.full().write_all("x"sv)).timed_out());
  EXPECT_TRUE(error_of(nothing.full().write_all({"x"sv, "y"sv})).timed_out());
  server_.set_default_timeouts({}, 1ms);
  expect_reads_wait();
}

TEST_F(DefaultTimeouts, GiveWayToWhatACallIsGiven) {
  server_.set_default_timeouts(1ms, 1ms);
  expect_reads_wait(Deadline::never());
  server_.set_default_timeouts(1h, 1h);
  std::byte byte;
  EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), 1ms)).timed_out());
}

TEST_F(DefaultTimeouts, AreNeverAgainByBraces) {
  server_.set_default_timeouts(1ms, 1ms);
  server_.set_default_timeouts({}, {});
  expect_reads_wait();
}

TEST_F(DefaultTimeouts, MayBeIdleOrADeadline) {
  server_.set_default_timeouts(idle(5ms), {});
  expect_read_ends_after(5ms);
  expect_read_ends_after(5ms);
  const Deadline deadline = 10ms;
  server_.set_default_timeouts(deadline, {});
  std::byte byte;
  EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1))).timed_out());
  EXPECT_TRUE(deadline.expired());
  expect_prompt(
      [&] { EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1))).timed_out()) << "shared"; });
}

TEST_F(DefaultTimeouts, GoWithACloneAndWithAMove) {
  server_.set_default_timeouts(2ms, {});
  auto clone = or_raise(server_.try_clone());
  auto moved = std::move(clone);
  std::byte byte;
  EXPECT_TRUE(error_of(moved.read(std::span(&byte, 1))).timed_out());
  moved.set_default_timeouts({}, {});
  EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1))).timed_out()) << "each has its own";
}

// T35: operations that wait already keep what they started with.
TEST_F(DefaultTimeouts, OfACloneDoNotReachAReadThatWaits) {
  auto clone = or_raise(server_.try_clone());
  std::jthread writer([&] {
    wait_until_parked(manager_);
    clone.set_default_timeouts(0s, 0s);
    EXPECT_TRUE(manager_.sleep(5ms));
    give(client_, "x");
  });
  std::byte byte;
  EXPECT_TRUE(server_.read_exact(std::span(&byte, 1)));
}

}  // namespace
}  // namespace mtcp::test
