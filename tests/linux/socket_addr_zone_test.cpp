#include <net/if.h>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/limits.hpp"
#include "support/linux/own_network.hpp"
#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

using namespace std::string_view_literals;

SocketAddr parsed(std::string_view text) {
  return or_raise(SocketAddr::parse(text));
}

void expect_refused(std::string_view text) {
  const auto address = SocketAddr::parse(text);
  EXPECT_FALSE(address) << '"' << text << "\" was read as " << *address;
}

// D12: the zone ends at its ']', not where C would end it
TEST(SocketAddrZone, RefusesZonesThatOnlyBeginWithAnInterface) {
  ASSERT_NE(::if_nametoindex("lo"), 0U);
  for (const std::string_view text :
       {"[fe80::1%lo\0]:80"sv, "[fe80::1%lo\0x]:80"sv, "[fe80::1%lo:x]:80"sv,
        "[fe80::1%lo%lo]:80"sv, "[fe80::1%lo ]:80"sv, "[fe80::1% lo]:80"sv})
    expect_refused(text);
}

TEST(SocketAddrZone, ReadsAndPrintsZones) {
  const std::uint32_t loopback = ::if_nametoindex("lo");
  ASSERT_NE(loopback, 0U);
  const auto by_name = parsed("[fe80::1%lo]:80");
  EXPECT_EQ(by_name.zone(), loopback);
  EXPECT_EQ(by_name, parsed("[fe80::1%" + std::to_string(loopback) + "]:80"));
  EXPECT_NE(by_name, parsed("[fe80::1]:80"));
  EXPECT_EQ(by_name.to_string(), "[fe80::1%lo]:80");
  EXPECT_EQ(parsed("[fe80::1%4294967295]:80").zone(), 4294967295U);
  EXPECT_EQ(parsed("[fe80::1%4294967295]:80").to_string(), "[fe80::1%4294967295]:80");
  EXPECT_EQ(parsed("[fe80::1]:80").zone(), 0U);
}

TEST(SocketAddrZone, RefusesZonesThatAreNone) {
  for (const std::string_view zone :
       {"", "nosuch0", "an_interface_name_that_is_too_long", "4294967296", "01", "-1", "+1", "1 ",
        "0x1", "lo0lo0", "LO", "99999999999999999999999"})
    expect_refused("[fe80::1%" + std::string(zone) + "]:80");
  EXPECT_EQ(SocketAddr::parse("[fe80::1%nosuch0]:80").error(), std::errc::no_such_device);
  EXPECT_EQ(SocketAddr::parse("[fe80::1%4294967296]:80").error(), std::errc::invalid_argument);
}

SocketAddr on_interface(const char* name) {
  return SocketAddr::v6({0xfe, 0x80}, 80, ::if_nametoindex(name));
}

// An interface may be called nearly anything: what parse() could misread is printed as a number.
TEST(SocketAddrZone, ReadsBackInterfacesWithOddNames) {
  run_with_own_cable([] {
    for (const std::string name : {"12", "0", "a]b", "a,b", "-", "[", "0x1", "fifteen-letters"}) {
      ip("link add '" + name + "' type veth");
      const SocketAddr address = on_interface(name.c_str());
      ASSERT_NE(address.zone(), 0U);
      EXPECT_EQ(parsed(address.to_string()), address) << name;
      ip("link delete '" + name + "'");
    }
  });
}

// Finding an interface takes a descriptor: its want is no reason to say that there is none.
TEST(SocketAddrZone, DoesNotMistakeAFullDescriptorTableForAnUnknownZone) {
  expect_success_in_child([] {
    const SocketAddr loopback = on_interface("lo");
    const DescriptorLimit limit(DescriptorLimit::leaving(0));
    const auto address = SocketAddr::parse("[fe80::1%lo]:80");
    EXPECT_TRUE(address || address.error() == std::errc::too_many_files_open)
        << address.error().message();
    EXPECT_EQ(parsed(loopback.to_string()), loopback);
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
