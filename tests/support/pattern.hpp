#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mtcp::test {

/// Bytes of which each depends on its place in the stream, so that none can be lost, doubled or
/// swapped unseen: the `size` bytes from place `offset` on.
std::vector<std::byte> pattern(std::size_t size, std::size_t offset = 0);

/// Whether `bytes` are the pattern from place `offset` on; the first that is not is reported.
bool is_pattern(std::span<const std::byte> bytes, std::size_t offset = 0);

}  // namespace mtcp::test
