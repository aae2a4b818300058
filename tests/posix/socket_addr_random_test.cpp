#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/random.hpp"

namespace mtcp::test {
namespace {

/// A random text that is an address often enough.
std::string random_v6_text(Random& random) {
  std::string text;
  for (std::size_t parts = random.below(10); parts > 0; --parts) {
    const std::size_t digits = random.below(20) == 0 ? 5 : 1 + random.below(4);
    for (std::size_t i = 0; i < digits; ++i) text += random.of("0019afAF");
    if (parts > 1 || random.below(8) == 0) text += ':';
  }
  if (random.below(2) == 0) text.insert(random.below(text.size() + 1), "::");
  if (random.below(4) == 0) text += "1.2.3.4";
  if (random.below(4) == 0 && !text.empty()) text.erase(random.below(text.size()), 1);
  return text;
}

std::string random_v4_text(Random& random) {
  std::string text;
  for (std::size_t parts = 3 + random.below(3); parts > 0; --parts) {
    text += std::to_string(random.below(280));
    if (parts > 1 || random.below(8) == 0) text += '.';
  }
  if (random.below(4) == 0) text.insert(random.below(text.size() + 1), 1, random.of("0.x: "));
  return text;
}

TEST(SocketAddrRandom, ReadsTheV6AddressesThatInetPtonReads) {
  Random random;
  int addresses = 0;
  for (int i = 0; i < 50000; ++i) {
    const std::string text = random_v6_text(random);
    std::array<std::uint8_t, 16> octets{};
    const bool expected = ::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1;
    const auto seen = SocketAddr::parse("[" + text + "]:80");
    ASSERT_EQ(seen.has_value(), expected) << text;
    if (!expected) continue;
    ++addresses;
    ASSERT_EQ(seen->octets(), octets) << text;
  }
  EXPECT_GT(addresses, 1000);
}

TEST(SocketAddrRandom, ReadsTheV4AddressesThatInetPtonReads) {
  Random random;
  int addresses = 0;
  for (int i = 0; i < 50000; ++i) {
    const std::string text = random_v4_text(random);
    std::array<std::uint8_t, 4> octets{};
    const bool expected = ::inet_pton(AF_INET, text.c_str(), octets.data()) == 1;
    const auto seen = SocketAddr::parse(text + ":80");
    ASSERT_EQ(seen.has_value(), expected) << text;
    if (!expected) continue;
    ++addresses;
    ASSERT_EQ(*seen, SocketAddr::v4(octets, 80)) << text;
  }
  EXPECT_GT(addresses, 1000);
}

TEST(SocketAddrRandom, PrintsV6AsInetNtopDoes) {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    auto octets = random_octets(random);
    octets[0] = 0x20;  // inet_ntop() prints "::1.2.3.4", which RFC 5952 has no place for
    std::array<char, INET6_ADDRSTRLEN> text{};
    ASSERT_NE(::inet_ntop(AF_INET6, octets.data(), text.data(), text.size()), nullptr);
    ASSERT_EQ(SocketAddr::v6(octets, 80).to_string(), "[" + std::string(text.data()) + "]:80");
  }
}

}  // namespace
}  // namespace mtcp::test
