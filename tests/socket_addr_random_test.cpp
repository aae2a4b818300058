#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/random.hpp"

namespace mtcp::test {
namespace {

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

}  // namespace
}  // namespace mtcp::test
