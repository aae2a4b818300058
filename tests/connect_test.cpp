#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/ip_versions.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// An address of this machine on which nobody listens: below the ephemeral range, so that no other
/// program gets it by chance.
constexpr auto closed_v4 = SocketAddr::loopback_v4(1);
constexpr auto closed_v6 = SocketAddr::loopback_v6(1);

void expect_refused(const SocketAddr& address, Deadline deadline) {
  const auto stream = TcpStream::connect(make_manager(), address, deadline);
  ASSERT_FALSE(stream) << address;
  EXPECT_EQ(stream.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(stream.error(), std::errc::connection_refused) << stream.error().message();
}

/// One byte each way.
void expect_talks(TcpStream& one, TcpStream& other) {
  std::array<char, 1> byte;
  ASSERT_TRUE(one.write_all(std::string_view("a"), 60s));
  ASSERT_TRUE(other.read_exact(byte, 60s));
  ASSERT_TRUE(other.write_all(std::string_view("b"), 60s));
  ASSERT_TRUE(one.read_exact(byte, 60s));
  EXPECT_EQ(byte[0], 'b');
}

// N01, N02
TEST(Connect, IsRefusedAtOnceWhereNobodyListens) {
  const DescriptorGuard guard;
  expect_prompt([] { expect_refused(closed_v4, Deadline::never()); });
  expect_prompt([] { expect_refused(closed_v4, 2s); });
  if (has_ipv6()) expect_prompt([] { expect_refused(closed_v6, 2s); });
}

// N01, E03
TEST(Connect, SaysWhoRefused) {
  const auto stream = TcpStream::connect(make_manager(), closed_v4);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().message(), "connect to 127.0.0.1:1: Connection refused");
  const auto by_text = TcpStream::connect(make_manager(), "127.0.0.1:1");
  ASSERT_FALSE(by_text);
  EXPECT_EQ(by_text.error().message(), stream.error().message());
}

// N03
TEST(Connect, IsRefusedByTheWildcardAndByPortZero) {
  const DescriptorGuard guard;
  expect_refused(SocketAddr::any_v4(1), 60s);
  expect_refused(SocketAddr::loopback_v4(0), 60s);
  if (has_ipv6()) expect_refused(SocketAddr::any_v6(1), 60s);
}

TEST(Connect, RefusesTextThatIsNoAddress) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:x", "[::1]", ":80", "[fe80::1%nosuch0]:80"}) {
    const auto stream = TcpStream::connect(manager, text, 60s);
    ASSERT_FALSE(stream) << text;
    EXPECT_NE(stream.error().message().find('"' + std::string(text) + '"'), std::string::npos);
  }
}

/// Connects to a listener on `bound`, says something, and returns the client.
TcpStream expect_connects(const SocketAddr& bound, const SocketAddr& host) {
  const auto manager = make_manager();
  auto listener = or_raise(TcpListener::bind(manager, bound));
  const auto port = or_raise(listener.local_addr()).port();
  const auto address =
      host.is_v4() ? SocketAddr::v4({127, 0, 0, 1}, port) : SocketAddr::v6(host.octets(), port);
  auto client = or_raise(TcpStream::connect(manager, address, 60s));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  expect_talks(client, server);
  EXPECT_EQ(or_raise(client.peer_addr()), or_raise(server.local_addr()));
  EXPECT_EQ(or_raise(client.local_addr()), or_raise(server.peer_addr()));
  return client;
}

// N13
TEST(Connect, WorksAlikeOverBothVersions) {
  const DescriptorGuard guard;
  expect_connects(SocketAddr::loopback_v4(), SocketAddr::loopback_v4());
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  expect_connects(SocketAddr::loopback_v6(), SocketAddr::loopback_v6());
}

// N14
TEST(Connect, ReachesADualStackListenerOverBothVersions) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  expect_connects(SocketAddr::any_v6(), SocketAddr::loopback_v6());
  const auto client =
      expect_connects(SocketAddr::any_v6(), or_raise(SocketAddr::parse("[::ffff:127.0.0.1]:0")));
  EXPECT_EQ(or_raise(client.peer_addr()).to_string().find("[::ffff:127.0.0.1]:"), 0U);
}

// N15
TEST(Connect, WorksToTheWildcardThatAListenerIsBoundTo) {
  const auto manager = make_manager();
  auto listener = or_raise(TcpListener::bind(manager, SocketAddr::any_v4()));
  const auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
  EXPECT_TRUE(listener.accept(60s));
  EXPECT_EQ(or_raise(client.peer_addr()).to_string().find("127.0.0.1:"), 0U);
}

// T05
TEST(Connect, TakesTheLongestTimes) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  for (const Deadline& deadline :
       {Deadline(std::chrono::nanoseconds::max()), Deadline(std::chrono::hours::max()),
        Deadline(std::chrono::duration<double>(std::numeric_limits<double>::infinity())),
        Deadline(std::chrono::milliseconds(1LL << 32)), Deadline::never()}) {
    EXPECT_TRUE(TcpStream::connect(manager, address, deadline));
    EXPECT_TRUE(listener.accept(deadline));
  }
}

// N04, T04
TEST(Connect, TimesOutWhileThePeerDoesNotAnswer) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const DescriptorGuard guard;
  expect_ends_after(100ms, [&] {
    const auto stream = TcpStream::connect(manager, hole.address(), 100ms);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().timed_out());
    EXPECT_EQ(stream.error().message(), "connect to " + hole.address().to_string() + ": timed out");
  });
}

// T04
TEST(Connect, TriesOnceWithoutTime) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const DescriptorGuard guard;
  for (const Deadline& deadline :
       {Deadline(0s), Deadline(-5s), Deadline(std::chrono::nanoseconds::min()),
        Deadline(std::chrono::steady_clock::now() - 5s),
        Deadline(std::chrono::steady_clock::time_point::min()),
        Deadline(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()))}) {
    expect_prompt([&] {
      EXPECT_TRUE(TcpStream::connect(manager, hole.address(), deadline).error().timed_out());
    });
  }
}

// Law 3: nothing half-open is left that a listener with room again would see.
TEST(Connect, LeavesNothingBehindWhenItTimesOut) {
  const auto manager = make_manager();
  auto listener = make_listener(manager, {.backlog = 0});
  const auto address = or_raise(listener.local_addr());
  const auto queued = or_raise(TcpStream::connect(manager, address, 60s));
  const DescriptorGuard guard;
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(TcpStream::connect(manager, address, 1ms).error().timed_out());
  EXPECT_TRUE(listener.accept(60s));
  EXPECT_TRUE(listener.accept(100ms).error().timed_out());
}

// N20, F01
TEST(Connect, KeepsTheNumberOfDescriptorsHoweverOftenItFails) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const DescriptorLimit limit(256);
  const DescriptorGuard guard;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(TcpStream::connect(manager, closed_v4, 60s).error(), std::errc::connection_refused);
    ASSERT_TRUE(TcpStream::connect(manager, hole.address(), 0s).error().timed_out());
  }
}

// N20
TEST(Connect, MayHappenInManyThreadsAtOnce) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  const DescriptorGuard guard;
  std::atomic<int> connected{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 10; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 10; ++j)
          if (TcpStream::connect(make_manager(), address, 60s)) ++connected;
      });
    }
  }
  EXPECT_EQ(connected, 100);
  while (listener.accept(0s)) --connected;
  EXPECT_EQ(connected, 0);
}

// C01
TEST(Connect, MakesNoSocketWhenCancelledBefore) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  manager.canceller().cancel();
  int sockets = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    sockets += call.name == "socket";
    return Verdict::pass();
  });
  EXPECT_TRUE(TcpStream::connect(manager, hole.address()).error().cancelled());
  EXPECT_TRUE(TcpStream::connect(manager, hole.address(), 0s).error().cancelled());
  EXPECT_EQ(sockets, 0);
}

// C04, N11
TEST(Connect, LeavesNothingBehindWhenCancelled) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const DescriptorLimit limit(256);
  const DescriptorGuard guard;
  std::jthread connecting(
      [&] { EXPECT_TRUE(TcpStream::connect(manager, hole.address()).error().cancelled()); });
  wait_until_parked(manager);
  expect_prompt([&] {
    manager.canceller().cancel();
    if (connecting.joinable()) connecting.join();
  });
}

// C09
TEST(Connect, IsNotUndoneByALateCancel) {
  const auto manager = make_manager();
  auto listener = make_listener(make_manager());
  for (int i = 0; i < 100; ++i) {
    auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
    manager.canceller().cancel();
    EXPECT_TRUE(manager.restart());
    auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
    expect_talks(client, server);
  }
}

// N12: a connection that is reset before anybody looked at it
TEST(Connect, EndsInAConnectionThatMayBeResetSoonAfter) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
  reset(or_raise(TcpStream::from(manager, or_raise(listener.accept(60s)))));
  std::array<char, 1> byte;
  EXPECT_EQ(client.read(byte, 60s).error(), std::errc::connection_reset);
  EXPECT_FALSE(client.write_all(std::string_view("x"), 60s));
  EXPECT_EQ(client.read(byte, 60s).error(), std::errc::connection_reset);
}

}  // namespace
}  // namespace mtcp::test
