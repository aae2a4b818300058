#include "support/pattern.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace mtcp::test {

namespace {

std::byte at(std::size_t place) {
  const std::uint64_t mixed = (place + 1) * 0x9e3779b97f4a7c15U;
  return static_cast<std::byte>(mixed >> 56);
}

}  // namespace

std::vector<std::byte> pattern(std::size_t size, std::size_t offset) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = at(offset + i);
  return bytes;
}

bool is_pattern(std::span<const std::byte> bytes, std::size_t offset) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == at(offset + i)) continue;
    ADD_FAILURE() << "byte " << offset + i << " is wrong";
    return false;
  }
  return true;
}

}  // namespace mtcp::test
