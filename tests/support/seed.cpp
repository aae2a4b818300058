#include "support/seed.hpp"

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace mtcp::test {

std::uint64_t make_seed() {
  const char* const given = std::getenv("MTCP_TEST_SEED");
  const std::uint64_t seed = given ? std::stoull(given) : std::random_device()();
  std::cout << "MTCP_TEST_SEED=" << seed << '\n';
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

}  // namespace mtcp::test
