#include <array>
#include <atomic>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

// Law 7: what is blocked is quiet.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// Also with what the system holds back because it is less than a segment, and sends after some
/// hundred milliseconds all the same.
void fill_for_good(TcpStream& stream) {
  do fill(stream);
  while (stream.write("x"sv, 1s));
}

class Quiet : public Connected {
 protected:
  /// `operation` blocks; expects that it makes no system call and uses no processor meanwhile.
  template <class Operation>
  auto expect_quiet_while(Operation operation) {
    auto blocked = std::async(std::launch::async, operation);
    wait_until_parked(manager_);
    std::this_thread::sleep_for(5ms);  // the way from parking to sleeping
    std::atomic<unsigned> calls{0};
    {
      const SystemCallJudge judge([&](const SystemCall&) {
        ++calls;
        return Verdict::pass();
      });
      const auto used = processor_time([] { std::this_thread::sleep_for(100ms); });
      EXPECT_LT(used, 20ms);  // the thread sanitizer takes some too
    }
    EXPECT_EQ(calls.load(), 0U);
    EXPECT_EQ(blocked.wait_for(0s), std::future_status::timeout) << "it did not block";
    return blocked;
  }

  std::array<char, 8> buffer_{};
};

// W06

TEST_F(Quiet, WhileAccepting) {
  auto listener = make_listener(manager_);
  auto blocked = expect_quiet_while([&] { return listener.accept(); });
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(blocked.get()).cancelled());
}

TEST_F(Quiet, WhileConnecting) {
  const BlackHole hole(make_manager());
  auto blocked = expect_quiet_while([&] { return TcpStream::connect(manager_, hole.address()); });
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(blocked.get()).cancelled());
}

TEST_F(Quiet, WhileSleeping) {
  auto blocked = expect_quiet_while([&] { return manager_.sleep(Deadline::never()); });
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(blocked.get()).cancelled());
}

TEST_F(Quiet, WhileReading) {
  auto blocked = expect_quiet_while([&] { return server_.read(buffer_, 1h); });
  give(client_, "x");
  EXPECT_EQ(or_raise(blocked.get()), 1U);
}

TEST_F(Quiet, WhileWritingToAPeerThatHasEndedItsHalf) {
  or_raise(server_.shutdown(Shutdown::Write));
  await_end(client_);
  fill_for_good(client_);
  auto blocked = expect_quiet_while([&] { return client_.write("x"sv); });
  {
    const auto gone = std::move(server_);
  }
  EXPECT_EQ(error_of(blocked.get()).kind(), TcpError::Kind::Failed);
}

TEST_F(Quiet, WhileWritingWithUnreadDataAndOurReadingShutDown) {
  give(server_, "unread");
  await_bytes(client_, 6);
  or_raise(client_.shutdown(Shutdown::Read));
  fill_for_good(client_);
  auto blocked = expect_quiet_while([&] { return client_.write_all("x"sv); });
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(blocked.get()).cancelled());
}

TEST_F(Quiet, WhileReadingAllWithBothHalvesThatCanBeShutDown) {
  or_raise(client_.shutdown(Shutdown::Read));
  or_raise(server_.shutdown(Shutdown::Write));
  std::string text;
  auto blocked = expect_quiet_while([&] {
    return server_.read_all(text, {}, [](std::string_view seen) { return seen.size() == 4; });
  });
  give(client_, "four");
  EXPECT_TRUE(blocked.get());
}

TEST_F(Quiet, WhileReadingToTheEndAtTheLimitOfTheBuffer) {
  give(client_, "1234");
  std::string text;
  auto blocked = expect_quiet_while([&] { return server_.read_to_end(text, 4); });
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(blocked.get()), 4U);
}

TEST_F(Quiet, WhileReadingWithUrgentDataPending) {
  raw::send_urgent(client_, "!");
  auto blocked = expect_quiet_while([&] { return server_.read(buffer_); });
  give(client_, "x");
  EXPECT_EQ(or_raise(blocked.get()), 1U);
  EXPECT_EQ(buffer_[0], 'x');
}

TEST_F(Quiet, WhileReadingOnBehindUrgentData) {
  raw::send_urgent(client_, "ab!");
  await_bytes(server_, 2);
  EXPECT_EQ(take(server_, 2), "ab");
  auto blocked = expect_quiet_while([&] { return server_.read_exact(buffer_); });
  raw::send_urgent(client_, "cd!");
  EXPECT_EQ(blocked.wait_for(1ms), std::future_status::timeout);
  give(client_, "efghij");
  EXPECT_TRUE(blocked.get());
  EXPECT_EQ(std::string_view(buffer_.data(), 8), "cdefghij");
}

TEST_F(Quiet, AfterACancelAndARestart) {
  for (int i = 0; i < 3; ++i) {
    auto reading = std::async(std::launch::async, [&] { return server_.read(buffer_); });
    wait_until_parked(manager_);
    manager_.canceller().cancel();
    EXPECT_TRUE(error_of(reading.get()).cancelled());
    EXPECT_TRUE(manager_.restart());
  }
  auto blocked = expect_quiet_while([&] { return server_.read(buffer_); });
  give(client_, "x");
  EXPECT_EQ(or_raise(blocked.get()), 1U);
}

TEST_F(Quiet, WhileAnotherManagerAndTheParentsOtherChildAreCancelled) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  const auto other = or_raise(parent.child());
  server_.tie(child);
  auto sibling = std::async(std::launch::async, [&] { return server_.read(buffer_); });
  wait_until_parked(child);
  std::array<char, 1> one{};
  auto blocked = expect_quiet_while([&] { return client_.read(one); });
  other.canceller().cancel();
  EXPECT_EQ(sibling.wait_for(20ms), std::future_status::timeout);
  EXPECT_EQ(blocked.wait_for(0s), std::future_status::timeout);
  give(client_, "x");
  EXPECT_EQ(or_raise(sibling.get()), 1U);
  give(server_, "y");
  EXPECT_EQ(or_raise(blocked.get()), 1U);
}

/// Each way to move bytes, in the manner of one side of a conversation.
void exchange(TcpStream& stream, bool speaks_first) {
  std::array<char, 16> buffer{};
  const auto say = [&] {
    or_raise(stream.write_all({"0123456789"sv, "abcdef"sv}, 60s));
    EXPECT_EQ(or_raise(stream.write("x"sv)), 1U);
    or_raise(stream.write_all("y"sv, idle(60s)));
  };
  const auto hear = [&] {
    or_raise(stream.read_exact(buffer, 60s));
    or_raise(stream.peek(buffer));
    or_raise(stream.read_exact(std::span(buffer).first(1), idle(60s).within(60s)));
    EXPECT_EQ(or_raise(stream.read(buffer)), 1U);
  };
  if (speaks_first) say();
  hear();
  if (!speaks_first) say();
}

TEST_F(Quiet, InMemoryThroughRoundTripsBlockedOrNot) {  // W03
  const auto round_trips = [](TcpStream& stream, bool speaks_first) {
    const auto before = allocations();
    for (int i = 0; i < 1000; ++i) exchange(stream, speaks_first);
    return allocations() - before;
  };
  auto server = std::async(std::launch::async, [&] { return round_trips(server_, false); });
  EXPECT_EQ(round_trips(client_, true), 0U);
  EXPECT_EQ(server.get(), 0U);
}

TEST_F(Quiet, InMemoryThroughTimeoutsCancelsEndsAndResets) {  // W03
  fill(client_);
  const auto before = allocations();
  EXPECT_FALSE(client_.read(buffer_, 1ms));
  EXPECT_FALSE(client_.write_all("x"sv, 1ms));
  manager_.canceller().cancel();
  EXPECT_FALSE(client_.read(buffer_));
  manager_.restart();
  or_raise(server_.shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(client_.read(buffer_, 60s)), 0U);
  EXPECT_EQ(allocations(), before);
  reset(std::move(server_));
  await_reset(client_);
  const auto again = allocations();
  EXPECT_FALSE(client_.write("x"sv));
  or_raise(client_.shutdown(Shutdown::Both));
  EXPECT_EQ(allocations(), again);
}

}  // namespace
}  // namespace mtcp::test
