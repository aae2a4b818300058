#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/by_name.hpp"
#include "support/descriptors.hpp"
#include "support/fake_resolver.hpp"
#include "support/ip_versions.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"
#include "support/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr auto attempt_delay = 250ms;

TEST(ConnectByName, ConnectsToTheFirstThatAnswers) {
  FakeResolver names;
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  names.answer("name.test", {SocketAddr::loopback_v4()});
  const DescriptorGuard guard;
  for (const std::string_view host : {"name.test", "127.0.0.1"}) {
    auto client = TcpStream::connect(manager, host, port_of(listener), 60s);
    ASSERT_TRUE(client) << client.error().message();
    EXPECT_EQ(client->peer_addr(), listener.local_addr());
    EXPECT_EQ(client->nodelay(), true);
    auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
    EXPECT_EQ(server.peer_addr(), client->local_addr());
    ASSERT_TRUE(client->write_all(std::string_view("hello"), 60s));
    std::array<char, 5> read;
    ASSERT_TRUE(server.read_exact(read, 60s));
  }
}

TEST(ConnectByName, TriesTheNextAtOnceWhenOneRefuses) {
  FakeResolver names;
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  names.answer("name.test",
               {address_of("127.0.0.2"), address_of("127.0.0.3"), address_of("127.0.0.1")});
  const DescriptorGuard guard;
  expect_once_within(attempt_delay, [&] {
    const auto stream = TcpStream::connect(manager, "name.test", port_of(listener), 60s);
    ASSERT_TRUE(stream) << stream.error().message();
    EXPECT_EQ(stream->peer_addr(), listener.local_addr());
    EXPECT_TRUE(listener.accept(60s));
  });
}

// T33
TEST(ConnectByName, TriesTheNextAfterAWhileWhenOneIsSilent) {
  FakeResolver names;
  HoleThenLive place(names);
  const DescriptorGuard guard;
  expect_ends_after(attempt_delay, [&] {
    const auto stream = TcpStream::connect(place.manager, "name.test", place.port, 60s);
    ASSERT_TRUE(stream) << stream.error().message();
    EXPECT_EQ(stream->peer_addr(), place.live.local_addr());
    EXPECT_TRUE(place.live.accept(60s));
  });
}

TEST(ConnectByName, TriesTheNextAtOnceWhenOneRefusesBesideASilentOne) {
  FakeResolver names;
  HoleThenLive place(names);
  names.answer("name.test",
               {place.hole.address(), address_of("127.0.0.3"), address_of("127.0.0.2")});
  const DescriptorGuard guard;
  expect_once_within(2 * attempt_delay, [&] {
    const auto took = elapsed(
        [&] { ASSERT_TRUE(TcpStream::connect(place.manager, "name.test", place.port, 60s)); });
    EXPECT_GE(took, attempt_delay);
    EXPECT_TRUE(place.live.accept(60s));
  });
}

// The one that is silent at first is not given up: it may be the only one that works.
TEST(ConnectByName, GoesOnWaitingForTheFirstWhenAllOthersRefuse) {
  FakeResolver names;
  const auto manager = make_manager();
  const BlackHole hole(manager);
  names.answer("name.test", {hole.address(), address_of("127.0.0.2"), address_of("127.0.0.3")});
  const DescriptorGuard guard;
  const CallCount sockets("socket");
  std::jthread waiting([&] {
    const auto stream = TcpStream::connect(manager, "name.test", hole.address().port());
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().cancelled()) << stream.error().message();
  });
  sockets.wait_until(3);
  wait_until_parked(manager);
  manager.canceller().cancel();
}

TEST(ConnectByName, AlternatesBetweenTheFamilies) {
  FakeResolver names;
  const auto manager = make_manager();
  names.answer("v4.test",
               {address_of("127.0.0.2"), address_of("127.0.0.3"), address_of("127.0.0.4"),
                address_of("::ffff:127.0.0.5"), address_of("::ffff:127.0.0.6")});
  names.answer("v6.test", {address_of("::ffff:127.0.0.5"), address_of("127.0.0.2"),
                           address_of("127.0.0.3"), address_of("127.0.0.4")});
  const auto first_v4 = TcpStream::connect(manager, "v4.test", closed_port, 60s);
  ASSERT_FALSE(first_v4);
  EXPECT_EQ(tried(first_v4.error().message()),
            (std::vector<std::string>{"127.0.0.2:1", "[::ffff:127.0.0.5]:1", "127.0.0.3:1",
                                      "[::ffff:127.0.0.6]:1", "127.0.0.4:1"}));
  const auto first_v6 = TcpStream::connect(manager, "v6.test", closed_port, 60s);
  ASSERT_FALSE(first_v6);
  EXPECT_EQ(tried(first_v6.error().message()),
            (std::vector<std::string>{"[::ffff:127.0.0.5]:1", "127.0.0.2:1", "127.0.0.3:1",
                                      "127.0.0.4:1"}));
}

TEST(ConnectByName, TriesTheOtherFamilyWhenTheFirstIsSilent) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  FakeResolver names;
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const std::uint16_t port = hole.address().port();
  auto live = or_raise(TcpListener::bind(manager, SocketAddr::loopback_v6(port)));
  names.answer("name.test", {hole.address(), hole.address(), SocketAddr::loopback_v6()});
  const auto stream = TcpStream::connect(manager, "name.test", port, 60s);
  ASSERT_TRUE(stream) << stream.error().message();
  EXPECT_EQ(stream->peer_addr(), live.local_addr());
}

// N19
TEST(ConnectByName, LeavesOneConnectionOnly) {
  FakeResolver names;
  HoleThenLive place(names);
  std::atomic<int> begun{0};
  std::atomic<std::size_t> closed{0};
  const auto event = descriptors_of_a_wake_event();
  const auto before = open_descriptors().size();
  std::optional<TcpStream> stream;
  {
    const SystemCallJudge judge([&](const SystemCall& call) {
      begun += call.name == "connect";
      closed += call.name == "close";
      return Verdict::pass();
    });
    stream = or_raise(TcpStream::connect(place.manager, "name.test", place.port, 60s));
  }
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(closed, 1 + event);  // the loser, and what waited for the name
  EXPECT_EQ(open_descriptors().size(), before + 1);
  auto server = or_raise(TcpStream::from(place.manager, or_raise(place.live.accept(60s))));
  EXPECT_FALSE(place.live.accept(0s));
  EXPECT_EQ(server.peer_addr(), stream->local_addr());
}

// N19: two that are established at the same moment
TEST(ConnectByName, ClosesALoserThatIsConnectedWithoutData) {
  FakeResolver names;
  const auto manager = make_manager();
  auto first = make_listener(manager);
  auto second = or_raise(TcpListener::bind(manager, address_of("127.0.0.2", port_of(first))));
  names.answer("name.test", {SocketAddr::loopback_v4(), address_of("127.0.0.2")});
  std::atomic<int> connects{0};
  std::optional<TcpStream> stream;
  {
    // Until the second has begun, the first does not hear that it is connected.
    const SystemCallJudge judge([&](const SystemCall& call) {
      connects += call.name == "connect";
      return call.name == "getpeername" && connects < 2 ? Verdict::fail(ENOTCONN) : Verdict::pass();
    });
    stream = or_raise(TcpStream::connect(manager, "name.test", port_of(first), 60s));
  }
  EXPECT_EQ(connects, 2);
  EXPECT_EQ(stream->peer_addr(), first.local_addr());
  auto loser = or_raise(TcpStream::from(manager, or_raise(second.accept(60s))));
  std::array<char, 1> byte;
  EXPECT_EQ(loser.read(byte, 60s), 0U);
}

// N20
TEST(ConnectByName, LeaksNoDescriptorWhenManyConnectAtOnce) {
  FakeResolver names;
  HoleThenLive place(names);
  const DescriptorGuard guard;
  {
    const auto manager = make_manager();
    std::vector<std::jthread> clients;
    for (int i = 0; i < 10; ++i)
      clients.emplace_back(
          [&] { EXPECT_TRUE(TcpStream::connect(manager, "name.test", place.port, 60s)); });
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(place.live.accept(60s));
  }
}

}  // namespace
}  // namespace mtcp::test
