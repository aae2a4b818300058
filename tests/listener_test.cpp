#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/ip_versions.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

SocketAddr address_of(const TcpListener& listener) {
  return or_raise(listener.local_addr());
}

TcpStream connect_to(const TcpManager& manager, const SocketAddr& address) {
  return or_raise(TcpStream::connect(manager, address, 60s));
}

SocketAddr with_port(std::string_view host, std::uint16_t port) {
  return or_raise(SocketAddr::parse(std::string(host) + ":" + std::to_string(port)));
}

/// Fails the test unless `address` refuses connections.
void expect_nobody_listens(const TcpManager& manager, const SocketAddr& address) {
  const auto stream = TcpStream::connect(manager, address, 60s);
  ASSERT_FALSE(stream) << address;
  EXPECT_EQ(stream.error(), std::errc::connection_refused);
}

/// Both ends of a connection that was accepted by `listener`, say the addresses.
void expect_accepts(TcpListener& listener, const SocketAddr& address) {
  const auto manager = make_manager();
  auto client = connect_to(manager, address);
  const auto accepted = or_raise(listener.accept(60s));
  EXPECT_EQ(or_raise(accepted.peer_addr()).port(), or_raise(client.local_addr()).port());
}

TEST(Listener, GetsAPortOfItsOwn) {
  const auto manager = make_manager();
  const auto one = make_listener(manager);
  const auto other = make_listener(manager);
  EXPECT_NE(address_of(one).port(), 0);
  EXPECT_NE(address_of(one), address_of(other));
  EXPECT_EQ(address_of(one).to_string().find("127.0.0.1:"), 0U);
}

TEST(Listener, BindsToText) {
  const auto manager = make_manager();
  auto listener = or_raise(TcpListener::bind(manager, "127.0.0.1:0"));
  expect_accepts(listener, address_of(listener));
}

TEST(Listener, RefusesTextThatIsNoAddress) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  for (const char* text : {"", "127.0.0.1", "localhost:80", "127.0.0.1:65536", "[::1]", ":80"}) {
    const auto listener = TcpListener::bind(manager, text);
    ASSERT_FALSE(listener) << text;
    EXPECT_EQ(listener.error(), std::errc::invalid_argument);
    EXPECT_NE(listener.error().message().find('"' + std::string(text) + '"'), std::string::npos);
  }
}

// A10
TEST(Listener, SaysThatTheAddressIsInUse) {
  const auto manager = make_manager();
  const auto first = make_listener(manager);
  const DescriptorGuard guard;
  const auto second = TcpListener::bind(manager, address_of(first));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(second.error(), std::errc::address_in_use);
  EXPECT_EQ(second.error().message(), "bind to " + address_of(first).to_string() + ": " +
                                          in_words(std::errc::address_in_use));
}

// A13
TEST(Listener, SaysThatTheAddressIsNotOurs) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const auto listener = TcpListener::bind(manager, "198.51.100.1:0");  // for documentation only
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error(), std::errc::address_not_available);
  EXPECT_EQ(listener.error().message(),
            "bind to 198.51.100.1:0: " + listener.error().code().message());
}

// A08
TEST(Listener, RefusesANegativeBacklog) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  for (const int backlog : {-1, std::numeric_limits<int>::min()}) {
    const auto listener =
        TcpListener::bind(manager, SocketAddr::loopback_v4(), {.backlog = backlog});
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error(), std::errc::invalid_argument);
    EXPECT_EQ(listener.error().message(), "bind to 127.0.0.1:0: the backlog is negative");
  }
}

// A08
TEST(Listener, AcceptsWhateverTheBacklog) {
  const auto manager = make_manager();
  for (const int backlog : {0, 1, 5, std::numeric_limits<int>::max()}) {
    auto listener = make_listener(manager, {.backlog = backlog});
    expect_accepts(listener, address_of(listener));
  }
}

// A07
TEST(Listener, QueuesManyClients) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  std::vector<TcpStream> clients;
  for (int i = 0; i < 242; ++i) clients.push_back(connect_to(manager, address_of(listener)));
  for (std::size_t i = 0; i < clients.size(); ++i) ASSERT_TRUE(listener.accept(0s)) << i;
  EXPECT_FALSE(listener.accept(0s));
}

/// Leaves a connection of `listener`'s port in TIME_WAIT.
void leave_time_wait(TcpListener& listener) {
  const auto manager = make_manager();
  auto client = connect_to(manager, address_of(listener));
  {
    const auto closed_first = or_raise(listener.accept(60s));
  }
  std::array<std::byte, 1> nothing;
  EXPECT_EQ(or_raise(client.read(nothing, 60s)), 0U);
}

// A11
TEST(Listener, BindsAPortWhoseConnectionsAreInTimeWait) {
  const auto manager = make_manager();
  std::optional listener(make_listener(manager));
  const SocketAddr address = address_of(*listener);
  leave_time_wait(*listener);
  listener.reset();
  const auto strict = TcpListener::bind(manager, address, {.reuse_address = false});
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error(), std::errc::address_in_use);
  auto again = or_raise(TcpListener::bind(manager, address));
  expect_accepts(again, address);
}

// A12
TEST(Listener, GivesItsPortFreeAtOnce) {
  const auto manager = make_manager();
  std::optional listener(make_listener(manager));
  const SocketAddr address = address_of(*listener);
  for (int i = 0; i < 10; ++i) {
    listener.reset();
    expect_nobody_listens(manager, address);
    listener.emplace(or_raise(TcpListener::bind(manager, address)));
    expect_accepts(*listener, address);
  }
}

TEST(Listener, SharesItsPortOnlyWhenAllWantTo) {
  const auto manager = make_manager();
  const auto one = make_listener(manager, {.reuse_port = true});
  const auto other = TcpListener::bind(manager, address_of(one), {.reuse_port = true});
  ASSERT_TRUE(other) << other.error().message();
  const auto third = TcpListener::bind(manager, address_of(one));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error(), std::errc::address_in_use);
}

TEST(Listener, SpreadsConnectionsOverThoseThatShareItsPort) {
  const auto manager = make_manager();
  auto one = make_listener(manager, {.reuse_port = true});
  auto other = or_raise(TcpListener::bind(manager, address_of(one), {.reuse_port = true}));
  std::vector<TcpStream> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(connect_to(manager, address_of(one)));
  int to_one = 0;
  int to_other = 0;
  while (one.accept(0s)) ++to_one;
  while (other.accept(0s)) ++to_other;
  EXPECT_EQ(to_one + to_other, 64);
  EXPECT_GT(to_one, 0);
  EXPECT_GT(to_other, 0);
}

// N14
TEST(Listener, TakesBothVersionsUnlessV6Only) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  const auto manager = make_manager();
  auto both = or_raise(TcpListener::bind(manager, SocketAddr::any_v6(), {.v6_only = false}));
  const auto port = address_of(both).port();
  expect_accepts(both, SocketAddr::loopback_v6(port));
  auto client = connect_to(manager, SocketAddr::loopback_v4(port));
  const auto accepted = or_raise(both.accept(60s));
  const auto mapped = with_port("[::ffff:127.0.0.1]", or_raise(client.local_addr()).port());
  EXPECT_EQ(or_raise(accepted.peer_addr()), mapped);
  EXPECT_EQ(mapped.to_string().find("[::ffff:127.0.0.1]:"), 0U);
}

// N14
TEST(Listener, LeavesV4AloneWhenV6Only) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  const auto manager = make_manager();
  auto v6 = or_raise(TcpListener::bind(manager, SocketAddr::any_v6(), {.v6_only = true}));
  const auto port = address_of(v6).port();
  expect_nobody_listens(manager, SocketAddr::loopback_v4(port));
  auto v4 = or_raise(TcpListener::bind(manager, SocketAddr::any_v4(port)));
  expect_accepts(v6, SocketAddr::loopback_v6(port));
  expect_accepts(v4, SocketAddr::loopback_v4(port));
}

TEST(Listener, IgnoresV6OnlyOnV4) {
  const auto manager = make_manager();
  for (const bool only : {false, true}) {
    auto listener = make_listener(manager, {.v6_only = only});
    expect_accepts(listener, address_of(listener));
  }
}

TEST(Listener, BindsWhileCancelled) {
  const auto manager = make_manager();
  EXPECT_TRUE(manager.canceller().cancel());
  auto listener = make_listener(manager);
  EXPECT_EQ(address_of(listener).is_v4(), true);
  EXPECT_TRUE(listener.accept().error().cancelled());
  EXPECT_TRUE(manager.restart());
  expect_accepts(listener, address_of(listener));
}

TEST(Listener, IsTiedToAnotherManagerFromTheNextAcceptOn) {
  const auto cancelled = make_manager();
  cancelled.canceller().cancel();
  auto listener = make_listener(cancelled);
  EXPECT_TRUE(listener.accept(0s).error().cancelled());
  listener.tie(make_manager());
  EXPECT_TRUE(listener.accept(0s).error().timed_out());
}

// A14, A15
TEST(Listener, ResetsItsQueuedClientsWhenItCloses) {
  const auto manager = make_manager();
  std::optional listener(make_listener(manager));
  std::vector<TcpStream> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(connect_to(manager, address_of(*listener)));
  listener.reset();
  for (TcpStream& client : clients) {
    std::array<std::byte, 1> byte;
    const auto read = client.read(byte, 60s);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), std::errc::connection_reset);
  }
}

// A15
TEST(Listener, LeavesWhatItAcceptedAloneWhenItCloses) {
  const auto manager = make_manager();
  std::optional listener(make_listener(manager));
  auto client = connect_to(manager, address_of(*listener));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener->accept(60s))));
  listener.reset();
  std::array<char, 2> answer;
  EXPECT_TRUE(client.write_all(std::string_view("hi"), 60s));
  EXPECT_TRUE(server.read_exact(answer, 60s));
}

// M01
TEST(Listener, MovesWithItsSocket) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  auto source = make_listener(manager);
  const auto address = address_of(source);
  auto target = make_listener(manager);
  const auto replaced = address_of(target);
  target = std::move(source);
  expect_nobody_listens(manager, replaced);
  expect_accepts(target, address);
  // NOLINTNEXTLINE(bugprone-use-after-move)
  EXPECT_FALSE(source.native_handle().valid());
  EXPECT_EQ(source.accept(0s).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(source.local_addr().error(), std::errc::bad_file_descriptor);
}

TEST(Listener, GivesItsSocketAway) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  auto listener = make_listener(manager);
  const auto address = address_of(listener);
  const NativeHandle handle = listener.release();
  EXPECT_FALSE(listener.native_handle().valid());
  EXPECT_EQ(listener.accept(0s).error(), std::errc::bad_file_descriptor);
  auto again = or_raise(TcpListener::adopt(manager, handle));
  EXPECT_EQ(again.native_handle(), handle);
  expect_accepts(again, address);
}

}  // namespace
}  // namespace mtcp::test
