#include <compare>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// Fails the test if `text` parses, or is refused without a clear reason.
void expect_refused(std::string_view text) {
  const auto parsed = SocketAddr::parse(text);
  ASSERT_FALSE(parsed) << '"' << text << "\" was read as " << *parsed;
  EXPECT_EQ(parsed.error().kind(), TcpError::Kind::Failed) << text;
  EXPECT_EQ(parsed.error().message().find("parse address \""), 0U) << parsed.error().message();
}

std::string reason_against(std::string_view text) {
  const auto parsed = SocketAddr::parse(text);
  return parsed ? "none" : parsed.error().message();
}

void expect_reason(std::string_view text, std::string_view part) {
  EXPECT_NE(reason_against(text).find(part), std::string::npos) << reason_against(text);
}

SocketAddr parsed(std::string_view text) {
  return or_raise(SocketAddr::parse(text));
}

// D01, D02, D03
constexpr std::string_view no_addresses[] = {"",
                                             "bad",
                                             "localhost",
                                             "1234",
                                             "1a2b",
                                             "0",
                                             "255",
                                             "1.2.3.4%eth0",
                                             ".1.2.3",
                                             "1.2.3.",
                                             "1.2.3",
                                             "1..2.3",
                                             "1.2.3.4.",
                                             ".1.2.3.4",
                                             "1.2.3.4.5",
                                             "1.2.3.4.5.6",
                                             "0300.0250.0214.0377",
                                             "0xc0.0xa8.0x8c.0xff",
                                             "0x7f000001",
                                             "2130706433",
                                             "192.168.12345",
                                             "127.0.1",
                                             "192.1234567",
                                             "127.1",
                                             "192.168.300.1",
                                             "-1.2.3.4",
                                             "+1.2.3.4",
                                             "1.2.3.-4",
                                             " 1.2.3.4",
                                             "1.2.3.4 ",
                                             "1. 2.3.4",
                                             "1,2,3,4",
                                             "1.2.3.a",
                                             "010.000.015.001",
                                             "01.2.3.4",
                                             "1.2.3.04",
                                             "1.2.3.00",
                                             "255.255.255*000",
                                             "255.255.255.256",
                                             "256.0.0.0",
                                             "2555.0.0.0",
                                             "1.2.3.99999999999999999999",
                                             "1:2:3:4:5:6:7",
                                             "1:2:3:4:5:6:7:8:9",
                                             "1:2:3:4::5:6:7:8",
                                             "1:2:3:4:5:6:7:8::",
                                             "::1:2:3:4:5:6:7:8",
                                             "fe801::1",
                                             "fe80:tail:scal:e::",
                                             "fe80::1%",
                                             "fe80::1::1",
                                             "fe80:1?:1",
                                             "fe80:",
                                             ":fe80",
                                             ":",
                                             ":::",
                                             "1:::2",
                                             "::1:",
                                             ":1::",
                                             "1::2:",
                                             "::g",
                                             "::-1",
                                             "::+1",
                                             "::0x1",
                                             "::00001",
                                             ":: 1",
                                             " ::1",
                                             "::1 ",
                                             "::ffff:1.2.03.4",
                                             "::ffff:1.2.3",
                                             "::ffff:1.2.3.4.5",
                                             "::ffff:1.2.3.256",
                                             "::1.2.3.4:5",
                                             "1.2.3.4::",
                                             "1.2.3.4:1:2:3:4:5:6",
                                             "1:2:3:4:5:6:7:1.2.3.4",
                                             "1:2:3:4:5:1.2.3.4",
                                             "::%",
                                             "::1%%",
                                             "1:2:3:4:5:6:7:",
                                             ":1:2:3:4:5:6:7"};

TEST(SocketAddr, RefusesWhatIsNoAddress) {
  for (const std::string_view text : no_addresses) {
    expect_refused(text);
    expect_refused(std::string(text) + ":80");
    expect_refused("[" + std::string(text) + "]:80");
    expect_refused("[" + std::string(text) + "]");
  }
}

// D05, D06, D07
TEST(SocketAddr, RefusesMisplacedBracketsColonsAndZones) {
  for (const std::string_view text : {"1.1.1.1:123456",
                                      ":-123",
                                      "[1.2.3.4]:1234",
                                      "fe80::1:1234",
                                      ":0",
                                      ":80",
                                      "[::1]",
                                      "[::1]80",
                                      "[::1]baz:1",
                                      "foo]bar:1",
                                      "[foo]:[bar]:baz",
                                      "::1",
                                      "[::1",
                                      "::1]",
                                      "::1]:80",
                                      "[::1:80",
                                      "]::1[:80",
                                      "[[::1]]:80",
                                      "[[::1]:80",
                                      "[::1]]:80",
                                      "[]:80",
                                      "[::1]:80]",
                                      "[::1]::80",
                                      "[::1]:80:",
                                      "[::1]:80:80",
                                      " [::1]:80",
                                      "[::1] :80",
                                      "x[::1]:80",
                                      "192.168.2.120:80000",
                                      "[192.168.2.260]",
                                      "[192.168.2.260:88",
                                      "[192.168.2.120]:88",
                                      "1.2.3.4:80:80",
                                      "1.2.3.4::80",
                                      "1.2.3.4:f00bar",
                                      "1.2.3.4%lo:80",
                                      "[1.2.3.4%lo]:80",
                                      "[::1]%lo:80",
                                      "[::1]:80%lo",
                                      "[%lo]:80",
                                      "tcp://1.2.3.4:80",
                                      "1.2.3.4:80/",
                                      "user@1.2.3.4:80"})
    expect_refused(text);
}

// D11
TEST(SocketAddr, RefusesPortsThatAreNoPorts) {
  for (const std::string_view port : {"",
                                      "-1",
                                      "-0",
                                      "65536",
                                      "65537",
                                      "123456789",
                                      "4294967376",
                                      "18446744073709551696",
                                      "99999999999999999999999999",
                                      " 80",
                                      "80 ",
                                      "+80",
                                      "0x50",
                                      "８０",
                                      "080",
                                      "00",
                                      "8 0",
                                      "80\n",
                                      "\t80",
                                      "http",
                                      "8e1",
                                      "80.",
                                      "0b1",
                                      "80,"}) {
    expect_refused("127.0.0.1:" + std::string(port));
    expect_refused("[::1]:" + std::string(port));
  }
}

TEST(SocketAddr, SaysWhichPartIsWrong) {
  expect_reason("", "it is empty");
  expect_reason("127.0.0.1", "port are missing");
  expect_reason("127.0.0.1:", "the port is missing");
  expect_reason("127.0.0.1:65536", "the port is not a number from 0 to 65535");
  expect_reason("127.1:80", "not an IPv4 address");
  expect_reason("fe80::1:1234", "brackets");
  expect_reason("[::1:80", "']' is missing");
  expect_reason("[::1]", "must follow the ']'");
  expect_reason("[1.2.3.4]:80", "not an IPv6 address");
  expect_reason("[fe80::1%]:80", "zone");
  expect_reason("[fe80::1%nosuch0]:80", "interface");
}

TEST(SocketAddr, QuotesTheTextInTheMessage) {
  EXPECT_EQ(reason_against("127.0.0.1:http"),
            "parse address \"127.0.0.1:http\": the port is not a number from 0 to 65535 without "
            "leading zeros");
  EXPECT_EQ(reason_against("a\nb\x7f\0\xff"sv).find("parse address \"a?b???\": "), 0U);
  const std::string message = reason_against(std::string(65536, 'a'));
  EXPECT_EQ(message.find("parse address \"aaaa"), 0U);
  EXPECT_NE(message.find("aaaa...\": "), std::string::npos);
  EXPECT_LT(message.size(), 300U);
}

// D12
TEST(SocketAddr, RefusesEmbeddedNul) {
  for (const std::string_view text :
       {"\0"sv, "127.0.0.1:80\0"sv, "127.0.0.1\0:80"sv,
        "\0"
        "127.0.0.1:80"sv,
        "127.0.0.1:8\0"
        "0"sv,
        "[::1]:80\0"sv, "[::1\0]:80"sv, "[::1\0:80"sv, "[::1]\0:80"sv, "[fe80::1%\0]:80"sv,
        "[fe80::1%1\0]:80"sv, "[fe80::1%\0lo]:80"sv})
    expect_refused(text);
}

// D12
TEST(SocketAddr, NeedsLinearTimeForLongTexts) {
  constexpr std::size_t size = 65536;
  for (const std::string_view piece : {"0"sv, "1"sv, ":"sv, "::"sv, "1:"sv, "."sv, "1."sv, "["sv,
                                       "]"sv, "[["sv, "%"sv, "%1"sv, "a"sv, "\0"sv, "f:"sv}) {
    std::string repeated;
    while (repeated.size() < size) repeated += piece;
    expect_prompt([&] {
      expect_refused(repeated);
      expect_refused("1.2.3.4:" + repeated);
      expect_refused("[" + repeated + "]:80");
      expect_refused("[::1%" + repeated + "]:80");
      expect_refused("[::1]:" + repeated);
    });
  }
}

TEST(SocketAddr, ReadsV4) {
  EXPECT_EQ(parsed("127.0.0.1:80"), SocketAddr::loopback_v4(80));
  EXPECT_EQ(parsed("0.0.0.0:0"), SocketAddr());
  EXPECT_EQ(parsed("255.255.255.255:65535"), SocketAddr::v4({255, 255, 255, 255}, 65535));
  EXPECT_EQ(parsed("1.20.100.0:1234"), SocketAddr::v4({1, 20, 100, 0}, 1234));
  EXPECT_TRUE(parsed("1.2.3.4:1").is_v4());
  EXPECT_FALSE(parsed("1.2.3.4:1").is_v6());
  EXPECT_EQ(parsed("1.2.3.4:1").port(), 1);
}

TEST(SocketAddr, ReadsV6) {
  EXPECT_EQ(parsed("[::1]:80"), SocketAddr::loopback_v6(80));
  EXPECT_EQ(parsed("[::]:0"), SocketAddr::any_v6());
  EXPECT_EQ(parsed("[0:0:0:0:0:0:0:1]:80"), SocketAddr::loopback_v6(80));
  EXPECT_EQ(parsed("[0000:0000:0000:0000:0000:0000:0000:0001]:80"), SocketAddr::loopback_v6(80));
  EXPECT_EQ(parsed("[1:2:3:4:5:6:7::]:1"), parsed("[1:2:3:4:5:6:7:0]:1"));
  EXPECT_EQ(parsed("[::2:3:4:5:6:7:8]:1"), parsed("[0:2:3:4:5:6:7:8]:1"));
  EXPECT_EQ(parsed("[1::3:4:5:6:7:8]:1"), parsed("[1:0:3:4:5:6:7:8]:1"));
  EXPECT_EQ(parsed("[ABCD:EF::]:1"), parsed("[abcd:ef::]:1"));
  EXPECT_EQ(parsed("[::1.2.3.4]:1"), parsed("[::102:304]:1"));
  EXPECT_EQ(parsed("[1:2:3:4:5:6:1.2.3.4]:1"), parsed("[1:2:3:4:5:6:102:304]:1"));
  EXPECT_EQ(parsed("[::ffff:1.2.3.4]:1"), parsed("[::ffff:102:304]:1"));
  EXPECT_TRUE(parsed("[::ffff:1.2.3.4]:1").is_v6());
  EXPECT_FALSE(parsed("[::ffff:1.2.3.4]:1").is_v4());
  EXPECT_EQ(parsed("[102:304:506:708:90a:b0c:d0e:f10]:1"),
            SocketAddr::v6({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 1));
}

// D08: RFC 5952, sections 4 and 5
TEST(SocketAddr, PrintsAsRfc5952Says) {
  const std::pair<std::string_view, std::string_view> printed[] = {
      {"[::]:0", "[::]:0"},
      {"[::1]:80", "[::1]:80"},
      {"[1::]:80", "[1::]:80"},
      {"[2001:0DB8::0001]:80", "[2001:db8::1]:80"},
      {"[2001:db8:0:0:1:0:0:1]:80", "[2001:db8::1:0:0:1]:80"},
      {"[2001:0:0:1:0:0:0:1]:80", "[2001:0:0:1::1]:80"},
      {"[2001:db8:0:1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80"},
      {"[2001:db8::1:1:1:1:1]:80", "[2001:db8:0:1:1:1:1:1]:80"},
      {"[0:1:2:3:4:5:6:7]:80", "[0:1:2:3:4:5:6:7]:80"},
      {"[1:2:3:4:5:6:7:0]:80", "[1:2:3:4:5:6:7:0]:80"},
      {"[0:0:3:4:5:6:0:0]:80", "[::3:4:5:6:0:0]:80"},
      {"[1:0:0:4:5:0:0:0]:80", "[1:0:0:4:5::]:80"},
      {"[AAAA:BBBB:CCCC:DDDD:EEEE:FFFF:0AAA:00BB]:80", "[aaaa:bbbb:cccc:dddd:eeee:ffff:aaa:bb]:80"},
      {"[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]:80"},
      {"[::FFFF:0102:0304]:80", "[::ffff:1.2.3.4]:80"},
      {"[::ffff:0:0]:80", "[::ffff:0.0.0.0]:80"},
      {"[::fffe:102:304]:80", "[::fffe:102:304]:80"},
      {"[::1:ffff:102:304]:80", "[::1:ffff:102:304]:80"},
      {"[64:ff9b::1.2.3.4]:80", "[64:ff9b::102:304]:80"},
      {"255.255.255.255:65535", "255.255.255.255:65535"},
      {"0.0.0.0:0", "0.0.0.0:0"},
      {"1.2.3.4:1234", "1.2.3.4:1234"}};
  for (const auto& [text, canonical] : printed) {
    EXPECT_EQ(parsed(text).to_string(), canonical);
    EXPECT_EQ(parsed(canonical), parsed(text));
  }
}

TEST(SocketAddr, NamesWellKnownAddresses) {
  EXPECT_EQ(SocketAddr().to_string(), "0.0.0.0:0");
  EXPECT_EQ(SocketAddr::any_v4(), SocketAddr());
  EXPECT_EQ(SocketAddr::any_v4(7).to_string(), "0.0.0.0:7");
  EXPECT_EQ(SocketAddr::any_v6(7).to_string(), "[::]:7");
  EXPECT_EQ(SocketAddr::loopback_v4(7).to_string(), "127.0.0.1:7");
  EXPECT_EQ(SocketAddr::loopback_v6(65535).to_string(), "[::1]:65535");
}

// D10
TEST(SocketAddr, IsOrderedByFamilyAddressZoneAndPort) {
  const std::vector<SocketAddr> ordered = {
      parsed("0.0.0.0:0"),      parsed("0.0.0.0:1"),       parsed("0.0.0.1:0"),
      parsed("1.0.0.0:0"),      parsed("127.0.0.1:80"),    parsed("127.0.0.1:443"),
      parsed("127.0.0.2:80"),   parsed("255.0.0.0:80"),    parsed("[::]:0"),
      parsed("[::]:65535"),     parsed("[::1]:0"),         parsed("[::1:0]:0"),
      parsed("[fe80::1]:80"),   parsed("[fe80::1]:81"),    parsed("[fe80::1%7]:80"),
      parsed("[fe80::1%7]:81"), parsed("[fe80::1%300]:1"), parsed("[fe80::2]:0"),
      parsed("[ff00::]:0")};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(ordered[i] <=> ordered[j], i <=> j) << ordered[i] << ' ' << ordered[j];
      EXPECT_EQ(ordered[i] == ordered[j], i == j) << ordered[i] << ' ' << ordered[j];
    }
  }
}

// D10
TEST(SocketAddr, HashesAllThatMakesItEqual) {
  const std::hash<SocketAddr> hash;
  EXPECT_EQ(hash(parsed("[fe80::1%lo]:80")), hash(parsed("[FE80:0::1%lo]:80")));
  std::unordered_set<std::size_t> hashes;
  for (const std::string_view text : {"0.0.0.0:0", "[::]:0", "0.0.0.0:1", "0.0.0.1:0", "1.0.0.0:0",
                                      "[::1]:0", "[::]:1", "[::%1]:0", "[::%2]:0", "[100::]:0"})
    EXPECT_TRUE(hashes.insert(hash(parsed(text))).second) << text;
  hashes.clear();
  for (std::uint16_t port = 0; port < 10000; ++port) hashes.insert(hash(SocketAddr::any_v4(port)));
  EXPECT_GE(hashes.size(), 9990U);
}

TEST(SocketAddr, IsWrittenToStreams) {
  std::ostringstream out;
  out << SocketAddr::loopback_v4(80) << ' ' << SocketAddr::loopback_v6(443);
  EXPECT_EQ(out.str(), "127.0.0.1:80 [::1]:443");
}

}  // namespace
}  // namespace mtcp::test
