#include <chrono>
#include <net/if.h>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/linux/own_network.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"

/// Connects in networks made for the purpose: what other machines, routers and administrators do.
namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

void expect_failure(std::string_view address, std::errc code, Deadline deadline = {}) {
  const DescriptorGuard guard;
  const auto stream = TcpStream::connect(make_manager(), address, deadline);
  ASSERT_FALSE(stream) << address;
  EXPECT_EQ(stream.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(stream.error(), code) << stream.error().message();
  EXPECT_EQ(stream.error().message().find("connect to " + std::string(address) + ": "), 0U);
}

void expect_timeout(std::string_view address, std::chrono::milliseconds timeout) {
  const DescriptorGuard guard;
  expect_ends_after(timeout, [&] {
    EXPECT_TRUE(TcpStream::connect(make_manager(), address, timeout).error().timed_out());
  });
}

constexpr std::uint16_t only_port = 40000;

void leave_one_ephemeral_port() {
  set_network_option("ipv4/ip_local_port_range", "40000 40000");
}

// Law 3
TEST(ConnectNetwork, NeverConnectsASocketToItself) {
  run_in_own_network([] {
    leave_one_ephemeral_port();
    expect_failure("127.0.0.1:40000", std::errc::connection_refused);
  });
}

// Law 3
TEST(ConnectNetwork, NeverConnectsASocketToItselfByTheWildcardOrV6) {
  run_in_own_network([] {
    leave_one_ephemeral_port();
    expect_failure("0.0.0.0:40000", std::errc::connection_refused);
  });
  if (!kernel_has_ipv6()) return;
  run_in_own_network([] {
    leave_one_ephemeral_port();
    expect_failure("[::1]:40000", std::errc::connection_refused);
  });
}

// Law 3: a client that asks again and again whether the server is up must not take its port.
TEST(ConnectNetwork, DoesNotKeepThePortOfASocketConnectedToItself) {
  run_in_own_network([] {
    leave_one_ephemeral_port();
    const auto manager = make_manager();
    for (int i = 0; i < 3; ++i) expect_failure("127.0.0.1:40000", std::errc::connection_refused);
    const auto listener = TcpListener::bind(manager, SocketAddr::loopback_v4(only_port));
    EXPECT_TRUE(listener) << listener.error().message();
  });
}

// N09
TEST(ConnectNetwork, SaysThatTheLocalPortsAreUsedUp) {
  run_in_own_network([] {
    leave_one_ephemeral_port();
    const auto manager = make_manager();
    auto listener = or_raise(TcpListener::bind(manager, "127.0.0.1:80"));
    std::optional first(or_raise(TcpStream::connect(manager, "127.0.0.1:80")));
    expect_failure("127.0.0.1:80", std::errc::address_not_available);
    reset(std::move(*first));
    EXPECT_TRUE(TcpStream::connect(manager, "127.0.0.1:80", 60s));
  });
}

// N07
TEST(ConnectNetwork, SaysAtOnceThatThereIsNoWay) {
  run_in_own_network([] {
    expect_prompt([] { expect_failure("10.4.0.1:80", std::errc::network_unreachable); });
    if (!kernel_has_ipv6()) return;
    expect_prompt([] { expect_failure("[2001:db8::1]:80", std::errc::network_unreachable); });
  });
}

// N07
TEST(ConnectNetwork, SaysWhatTheRoutingTableSays) {
  run_with_own_cable([] {
    ip("route add unreachable 10.1.0.0/24");
    ip("route add prohibit 10.2.0.0/24");
    ip("route add blackhole 10.3.0.0/24");
    expect_prompt([] { expect_failure("10.1.0.1:80", std::errc::host_unreachable); });
    expect_prompt([] { expect_failure("10.2.0.1:80", std::errc::permission_denied); });
    expect_prompt([] { expect_failure("10.3.0.1:80", std::errc::invalid_argument); });
    expect_prompt([] { expect_failure("10.4.0.1:80", std::errc::network_unreachable); });
  });
}

/// A neighbour at the other end of the cable that swallows all it is sent.
void add_mute_neighbour() {
  ip("neighbour add 10.9.0.5 lladdr 02:00:00:00:00:05 dev v0 nud permanent");
}

// N05
TEST(ConnectNetwork, TimesOutWhenAllPacketsAreDropped) {
  run_with_own_cable([] {
    add_mute_neighbour();
    expect_timeout("10.9.0.5:80", 200ms);
  });
}

// N05, C04
TEST(ConnectNetwork, IsCancelledWhileAllPacketsAreDropped) {
  run_with_own_cable([] {
    add_mute_neighbour();
    const auto manager = make_manager();
    std::jthread connecting(
        [&] { EXPECT_TRUE(TcpStream::connect(manager, "10.9.0.5:80").error().cancelled()); });
    wait_until_parked(manager);
    expect_prompt([&] {
      manager.canceller().cancel();
      if (connecting.joinable()) connecting.join();
    });
  });
}

// N06
TEST(ConnectNetwork, SaysThatANeighbourDoesNotExist) {
  run_with_own_cable([] {
    set_network_option("ipv4/neigh/v0/mcast_solicit", "1");
    set_network_option("ipv4/neigh/v0/retrans_time_ms", "200");
    expect_timeout("10.9.0.8:80", 20ms);
    expect_failure("10.9.0.9:80", std::errc::host_unreachable, 60s);
  });
}

// N16
TEST(ConnectNetwork, ReachesLinkLocalAddressesByTheirZone) {
  if (!kernel_has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  run_with_own_cable([] {
    const auto manager = make_manager();
    auto listener = or_raise(TcpListener::bind(manager, "[fe80::77%v0]:80"));
    const auto client = or_raise(TcpStream::connect(manager, "[fe80::77%v0]:80", 60s));
    const auto server = or_raise(listener.accept(60s));
    const auto zone = ::if_nametoindex("v0");
    for (const auto& address : {or_raise(listener.local_addr()), or_raise(client.peer_addr()),
                                or_raise(client.local_addr()), or_raise(server.peer_addr())}) {
      EXPECT_EQ(address.zone(), zone);
      EXPECT_EQ(address.to_string().find("[fe80::77%v0]:"), 0U);
    }
    EXPECT_EQ(or_raise(client.local_addr()), or_raise(server.peer_addr()));
  });
}

// N16
TEST(ConnectNetwork, RefusesLinkLocalAddressesWithoutAZone) {
  if (!kernel_has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  run_with_own_cable([] {
    expect_prompt([] { expect_failure("[fe80::77]:80", std::errc::invalid_argument); });
    const auto listener = TcpListener::bind(make_manager(), "[fe80::77]:80");
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error(), std::errc::invalid_argument);
  });
}

// N13
TEST(ConnectNetwork, SaysThatThereIsNoIpv6) {
  if (!kernel_has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  run_in_own_network([] {
    set_network_option("ipv6/conf/all/disable_ipv6", "1");
    expect_failure("[::1]:80", std::errc::address_not_available);
    const auto listener = TcpListener::bind(make_manager(), "[::1]:0");
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error(), std::errc::address_not_available);
  });
}

}  // namespace
}  // namespace mtcp::test
