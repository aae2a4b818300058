#include <array>
#include <future>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"
#include "support/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Stream : public Connected {};

TEST_F(Stream, KnowsTheAddressesOfBothEnds) {
  EXPECT_EQ(or_raise(client_.peer_addr()), or_raise(server_.local_addr()));
  EXPECT_EQ(or_raise(server_.peer_addr()), or_raise(client_.local_addr()));
  EXPECT_NE(or_raise(client_.local_addr()), or_raise(client_.peer_addr()));
}

TEST_F(Stream, KeepsThePeersAddressWhenThePeerIsGone) {
  const auto client = or_raise(client_.local_addr());
  auto clone = or_raise(server_.try_clone());
  reset(std::move(client_));
  await_reset(server_);
  EXPECT_EQ(or_raise(server_.peer_addr()), client);
  EXPECT_EQ(or_raise(clone.peer_addr()), client);
  const auto moved = std::move(server_);
  EXPECT_EQ(or_raise(moved.peer_addr()), client);
}

TEST_F(Stream, IsMadeFromAConnectionOnAnyManager) {  // M04
  auto listener = make_listener(manager_);
  auto client = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr()), 60s));
  auto accepted = or_raise(listener.accept(60s));
  const auto handle = accepted.native_handle();
  const auto peer = or_raise(accepted.peer_addr());
  give(client, "hi");  // before its manager is cancelled
  auto session = std::async(std::launch::async, [&, connection = std::move(accepted)]() mutable {
    const auto own = make_manager();
    auto stream = or_raise(TcpStream::from(own, std::move(connection)));
    EXPECT_EQ(stream.native_handle(), handle);
    EXPECT_EQ(or_raise(stream.peer_addr()), peer);
    manager_.canceller().cancel();  // is not its manager
    EXPECT_EQ(take(stream, 2), "hi");
    own.canceller().cancel();
    std::array<char, 1> one{};
    EXPECT_TRUE(error_of(stream.read(one)).cancelled());
  });
  session.get();
}

TEST_F(Stream, IsMadeFromAConnectionAlsoWhenCancelled) {
  auto listener = make_listener(manager_);
  auto client = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr()), 60s));
  auto accepted = or_raise(listener.accept(60s));
  manager_.canceller().cancel();
  auto stream = TcpStream::from(manager_, std::move(accepted));
  EXPECT_TRUE(stream);
  EXPECT_EQ(accepted.native_handle(), NativeHandle());
}

TEST_F(Stream, GivesItsDescriptorAway) {
  const auto handle = client_.native_handle();
  EXPECT_TRUE(handle.valid());
  EXPECT_EQ(client_.release(), handle);
  EXPECT_FALSE(client_.native_handle().valid());
  EXPECT_FALSE(client_.release().valid());
  EXPECT_EQ(error_of(client_.read(MutableBytes())), std::errc::bad_file_descriptor);
  {
    const auto dead = std::move(client_);
  }
  ASSERT_TRUE(raw::is_open(handle));
  auto again = or_raise(TcpStream::adopt(manager_, handle));
  give(again, "same socket");
  EXPECT_EQ(take(server_, 11), "same socket");
}

TEST_F(Stream, ClosesItsSocketOnce) {
  unsigned closes = 0;
  const auto handle = client_.native_handle();
  {
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name == "close" && call.descriptor == static_cast<int>(handle)) ++closes;
      return call.name == "close" ? Verdict::fail(EINTR) : Verdict::pass();
    });
    auto moved = std::move(client_);
    client_ = std::move(moved);
    const auto last = std::move(client_);
  }
  EXPECT_EQ(closes, 1U);  // F15
  EXPECT_FALSE(raw::is_open(handle));
}

class Clone : public Connected {};

TEST_F(Clone, IsASecondHandleOnTheSameSocket) {
  auto clone = or_raise(client_.try_clone());
  EXPECT_NE(clone.native_handle(), client_.native_handle());
  EXPECT_EQ(or_raise(clone.local_addr()), or_raise(client_.local_addr()));
  EXPECT_EQ(or_raise(clone.peer_addr()), or_raise(client_.peer_addr()));
  give(client_, "a");
  give(clone, "b");
  EXPECT_EQ(take(server_, 2), "ab");
  {
    const auto closed = std::move(client_);
  }
  give(server_, "c");
  EXPECT_EQ(take(clone, 1), "c");
  {
    const auto closed = std::move(clone);
  }
  EXPECT_EQ(take_rest(server_), "");
}

TEST_F(Clone, SharesTheReportedEnd) {
  auto clone = or_raise(client_.try_clone());
  or_raise(server_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(client_), "");
  give(client_, "provokes a reset");
  await_bytes(server_, 16);
  {
    const auto closed = std::move(server_);
  }
  await_reset(client_);
  EXPECT_EQ(take_rest(clone), "");
}

TEST_F(Clone, HasAManagerOfItsOwn) {
  auto clone = or_raise(client_.try_clone());
  const auto other = make_manager();
  clone.tie(other);
  other.canceller().cancel();
  std::array<char, 1> one{};
  EXPECT_TRUE(error_of(clone.read(one)).cancelled());
  EXPECT_TRUE(error_of(client_.read(one, 0s)).timed_out());
  other.restart();
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(clone.read(one, 0s)).timed_out());
  EXPECT_TRUE(error_of(client_.read(one, 0s)).cancelled());
}

TEST_F(Clone, BeginsWithTheSameManagerAndDefaultTimeouts) {
  client_.set_default_timeouts(10ms, 0s);
  auto clone = or_raise(client_.try_clone());
  std::array<char, 1> one{};
  expect_ends_after(10ms, [&] { EXPECT_TRUE(error_of(clone.read(one)).timed_out()); });
  clone.set_default_timeouts(0s, {});
  EXPECT_TRUE(error_of(clone.read(one)).timed_out());
  expect_ends_after(10ms, [&] { EXPECT_TRUE(error_of(client_.read(one)).timed_out()); });
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(clone.read(one)).cancelled());
  EXPECT_TRUE(clone.try_clone());  // does not wait, so a cancel does not touch it
}

TEST_F(Clone, SaysWhatTheSystemSays) {
  const DescriptorGuard guard;
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "fcntl" ? Verdict::fail(EMFILE) : Verdict::pass();
  });
  EXPECT_EQ(error_of(client_.try_clone()), std::errc::too_many_files_open);
}

class Tie : public Connected {};

TEST_F(Tie, LetsAnotherManagerDecideFromTheNextOperationOn) {
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(client_.write("x"sv)).cancelled());
  const auto farewell = make_manager();
  client_.tie(farewell);
  give(client_, "bye");
  farewell.canceller().cancel();
  EXPECT_TRUE(error_of(client_.write("x"sv)).cancelled());
  manager_.restart();
  EXPECT_TRUE(error_of(client_.write("x"sv)).cancelled());
  EXPECT_EQ(take(server_, 3), "bye");
}

TEST_F(Tie, KeepsTheNewManagerAliveAndLetsTheOldOneGo) {
  const auto event = descriptors_of_a_wake_event();
  const auto old_descriptors = open_descriptors().size();
  client_.tie(make_manager());
  EXPECT_EQ(open_descriptors().size(), old_descriptors + event);
  give(client_, "x");
  client_.tie(manager_);
  EXPECT_EQ(open_descriptors().size(), old_descriptors);
}

TEST_F(Tie, ToTheManagerItHasChangesNothing) {
  client_.tie(manager_);
  give(client_, "x");
  EXPECT_EQ(take(server_, 1), "x");
}

TEST_F(Stream, UsesItsDefaultTimeoutsWhereNoneIsGiven) {
  server_.set_default_timeouts(20ms, {});
  std::array<char, 4> buffer{};
  std::string text;
  const auto never = [](std::string_view) { return false; };
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(server_.read(buffer)).timed_out()); });
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(server_.peek(buffer, {})).timed_out()); });
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(server_.read_exact(buffer)).timed_out()); });
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(server_.read_to_end(text, 9)).timed_out()); });
  expect_ends_after(20ms,
                    [&] { EXPECT_TRUE(error_of(server_.read_all(text, {}, never)).timed_out()); });
  auto reading =
      std::async(std::launch::async, [&] { return server_.read(buffer, Deadline::never()); });
  wait_until_parked(manager_);
  EXPECT_EQ(reading.wait_for(60ms), std::future_status::timeout);
  give(client_, "now");
  EXPECT_EQ(or_raise(reading.get()), 3U);
}

}  // namespace
}  // namespace mtcp::test
