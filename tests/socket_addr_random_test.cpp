#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

namespace mtcp::test {
namespace {

/// The same numbers in every run, so that a failure can be seen again.
class Random {
 public:
  std::size_t below(std::size_t end) { return engine_() % end; }
  char of(std::string_view characters) { return characters[below(characters.size())]; }
  std::uint8_t octet() { return static_cast<std::uint8_t>(below(256)); }

 private:
  std::mt19937 engine_{20240607};
};

std::array<std::uint8_t, 16> random_octets(Random& random) {
  std::array<std::uint8_t, 16> octets{};
  for (std::size_t group = 0; group < 8; ++group) {
    if (random.below(2) == 0) continue;  // zero groups make the runs that "::" stands for
    if (random.below(2) == 0) octets[2 * group] = random.octet();
    octets[2 * group + 1] = random.octet();
  }
  if (random.below(8) == 0) {  // an IPv4-mapped one
    octets = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    for (std::size_t i = 12; i < 16; ++i) octets[i] = random.octet();
  }
  return octets;
}

SocketAddr random_address(Random& random) {
  const auto port = static_cast<std::uint16_t>(random.below(65536));
  if (random.below(2) == 0)
    return SocketAddr::v4({random.octet(), random.octet(), random.octet(), random.octet()}, port);
  const auto zone = random.below(4) == 0 ? static_cast<std::uint32_t>(random.below(100000)) : 0U;
  return SocketAddr::v6(random_octets(random), port, zone);
}

/// What parse() takes, print() gives back in a form that stays as it is.
void expect_fixed_point(std::string_view text) {
  const auto first = SocketAddr::parse(text);
  if (!first) return;
  const std::string canonical = first->to_string();
  const auto second = SocketAddr::parse(canonical);
  ASSERT_TRUE(second) << '"' << text << "\" -> " << canonical;
  EXPECT_EQ(*second, *first) << '"' << text << "\" -> " << canonical;
  EXPECT_EQ(second->to_string(), canonical);
}

// D12
TEST(SocketAddrRandom, ReadsBackWhatItPrints) {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    const SocketAddr address = random_address(random);
    const auto again = SocketAddr::parse(address.to_string());
    ASSERT_TRUE(again) << address;
    ASSERT_EQ(*again, address);
  }
}

// D12
TEST(SocketAddrRandom, IsAFixedPointForDamagedTexts) {
  Random random;
  constexpr std::string_view characters("0123456789abcdefABCDEF.:[]%lo -+x\0\xff", 36);
  for (int i = 0; i < 20000; ++i) {
    std::string text = random_address(random).to_string();
    for (std::size_t damages = random.below(3); damages > 0; --damages) {
      const std::size_t at = random.below(text.size() + 1);
      if (random.below(2) == 0)
        text.insert(at, 1, random.of(characters));
      else
        text.erase(at, 1);
    }
    expect_fixed_point(text);
  }
}

// D12
TEST(SocketAddrRandom, SurvivesAnyBytes) {
  Random random;
  for (int i = 0; i < 20000; ++i) {
    std::string text(random.below(40), '\0');
    for (char& c : text) c = static_cast<char>(random.octet());
    expect_fixed_point(text);
    expect_fixed_point("[" + text);
    expect_fixed_point("[::1%" + text + "]:80");
  }
}

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
