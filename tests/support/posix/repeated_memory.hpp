#pragma once

#include <cstddef>
#include <span>

namespace mtcp::test {

/// Far more bytes than this machine's memory may have to spare: the same `period` bytes, mapped
/// again and again. What is written to one place is seen in all others.
class RepeatedMemory {
 public:
  explicit RepeatedMemory(std::size_t size);
  RepeatedMemory(const RepeatedMemory&) = delete;
  RepeatedMemory& operator=(const RepeatedMemory&) = delete;
  ~RepeatedMemory();

  std::span<std::byte> bytes() const { return bytes_; }

  /// Whole pages, but no power of two: an offset that has lost its upper bits is seen.
  static constexpr std::size_t period = (std::size_t{32} << 20) + std::size_t{7} * 4096;

 private:
  std::span<std::byte> bytes_;
};

}  // namespace mtcp::test
