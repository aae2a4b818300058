#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace mtcp::test {

/// The same numbers in every run, so that a failure can be seen again.
class Random {
 public:
  std::size_t below(std::size_t end) { return engine_() % end; }
  char of(std::string_view characters) { return characters[below(characters.size())]; }
  std::uint8_t octet() { return static_cast<std::uint8_t>(below(256)); }

 private:
  std::mt19937 engine_{20240607};
};

/// The octets of an IPv6 address, often with runs of zeros.
inline std::array<std::uint8_t, 16> random_octets(Random& random) {
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

}  // namespace mtcp::test
