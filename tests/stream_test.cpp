#include <array>
#include <fcntl.h>
#include <future>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Stream : public Connected {};

bool is_open(NativeHandle handle) {
  return ::fcntl(static_cast<int>(handle), F_GETFD) >= 0;
}

bool is_close_on_exec(NativeHandle handle) {
  return (::fcntl(static_cast<int>(handle), F_GETFD) & FD_CLOEXEC) != 0;
}

bool is_blocking(NativeHandle handle) {
  return (::fcntl(static_cast<int>(handle), F_GETFL) & O_NONBLOCK) == 0;
}

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

TEST_F(Stream, IsNonBlockingAndCloseOnExecFromBirth) {  // law 5
  const auto clone = or_raise(client_.try_clone());
  for (const TcpStream* stream : {&std::as_const(client_), &std::as_const(server_), &clone}) {
    EXPECT_TRUE(is_close_on_exec(stream->native_handle()));
    EXPECT_FALSE(is_blocking(stream->native_handle()));
  }
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
  ASSERT_TRUE(is_open(handle));
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
  EXPECT_FALSE(is_open(handle));
}

class Adopt : public Connected {
 protected:
  Result<TcpStream> adopt(int descriptor) { return TcpStream::adopt(manager_, descriptor); }
};

int raw_socket(int family, int type) {
  const int made = ::socket(family, type, 0);
  EXPECT_GE(made, 0);
  return made;
}

void expect_refused(const Result<TcpStream>& adopted, int descriptor, std::errc code) {
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error(), code);
  EXPECT_EQ(adopted.error().kind(), TcpError::Kind::Failed);
  EXPECT_NE(adopted.error().message().find("adopt stream from descriptor " +
                                           std::to_string(descriptor) + ": "),
            std::string::npos)
      << adopted.error().message();
  EXPECT_FALSE(is_open(descriptor));
}

TEST_F(Adopt, TakesAForeignSocketAsItIs) {
  auto listener = make_listener(manager_);
  const int raw = raw_socket(AF_INET, SOCK_STREAM);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(or_raise(listener.local_addr()).port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(raw, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  auto stream = or_raise(adopt(raw));
  auto peer = or_raise(TcpStream::from(manager_, or_raise(listener.accept(60s))));
  EXPECT_EQ(stream.native_handle(), NativeHandle(raw));
  EXPECT_TRUE(is_close_on_exec(raw));
  EXPECT_TRUE(is_blocking(raw));
  EXPECT_TRUE(or_raise(stream.nodelay()));
  EXPECT_EQ(or_raise(stream.peer_addr()), or_raise(peer.local_addr()));
  give(peer, "works");
  EXPECT_EQ(take(stream, 5), "works");
  // A blocking socket blocks in no operation of mtcp.
  std::array<char, 1> one{};
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.read(one, 20ms)).timed_out()); });
  fill(stream);
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.write("x"sv, 20ms)).timed_out()); });
  EXPECT_EQ(::close(static_cast<int>(stream.release())), 0);
}

TEST_F(Adopt, IsNotAffectedByACancelledState) {
  manager_.canceller().cancel();
  EXPECT_TRUE(adopt(static_cast<int>(client_.release())));
}

TEST_F(Adopt, RefusesWhatIsNoDescriptor) {  // F14
  const DescriptorGuard guard;
  const int closed = ::dup(0);
  ::close(closed);
  expect_refused(adopt(closed), closed, std::errc::bad_file_descriptor);
  for (const int negative : {-1, -7, std::numeric_limits<int>::min()})
    expect_refused(adopt(negative), -1, std::errc::bad_file_descriptor);
  expect_refused(adopt(std::numeric_limits<int>::max()), std::numeric_limits<int>::max(),
                 std::errc::bad_file_descriptor);
}

TEST_F(Adopt, RefusesAndClosesWhatIsNoStreamSocketOfTheInternet) {  // F14
  const DescriptorGuard guard;
  const int file = ::open("/dev/null", O_RDWR);
  expect_refused(adopt(file), file, std::errc::not_a_socket);
  const int datagram = raw_socket(AF_INET6, SOCK_DGRAM);
  expect_refused(adopt(datagram), datagram, std::errc::wrong_protocol_type);
  const int local = raw_socket(AF_UNIX, SOCK_STREAM);
  expect_refused(adopt(local), local, std::errc::address_family_not_supported);
}

TEST_F(Adopt, RefusesAndClosesAListeningSocket) {
  const int listening = static_cast<int>(make_listener(manager_).release());
  const auto refused = adopt(listening);
  expect_refused(refused, listening, std::errc::invalid_argument);
  EXPECT_NE(error_of(refused).message().find("listening"), std::string::npos);
}

TEST_F(Adopt, OfASocketThatIsNotConnectedSaysSoLater) {
  auto stream = or_raise(adopt(raw_socket(AF_INET, SOCK_STREAM)));
  EXPECT_EQ(error_of(stream.peer_addr()), std::errc::not_connected);
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(stream.read(one)), std::errc::not_connected);
  EXPECT_FALSE(stream.write("x"sv));
}

TEST_F(Adopt, ClosesTheSocketWhereverTheSystemFails) {  // F04
  const unsigned calls = fail_each_call(ENOBUFS, [&] {
    const int raw = ::socket(AF_INET, SOCK_STREAM, 0);
    if (raw < 0) return;
    if (const auto adopted = adopt(raw); !adopted) {
      EXPECT_FALSE(is_open(raw));
    }
  });
  EXPECT_GE(calls, 1U);
}

TEST_F(Adopt, ClosesTheSocketWhenMemoryHasRunOut) {
  const int raw = static_cast<int>(client_.release());
  std::optional<Result<TcpStream>> adopted;
  {
    const NoMemory none;
    adopted = adopt(raw);
  }
  expect_refused(*adopted, raw, std::errc::not_enough_memory);
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
  const auto old_descriptors = open_descriptors().size();
  client_.tie(make_manager());
  EXPECT_EQ(open_descriptors().size(), old_descriptors + 1);
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
