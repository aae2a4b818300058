#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <mtcp/socket_addr.hpp>

namespace mtcp::detail {

/// The canonical text of an address (RFC 5952), without allocation.
class AddressText {
 public:
  /// "[" 8 groups "%" zone "]:" port, with a zone's name of at most 15 characters.
  static constexpr std::size_t capacity = 1 + 39 + 1 + 15 + 2 + 5;

  explicit AddressText(const SocketAddr& address) noexcept;

  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  void put(char c) noexcept { text_[size_++] = c; }
  void put(std::string_view text) noexcept;
  void put_number(unsigned number, int base) noexcept;
  void put_v4(const std::uint8_t* octets) noexcept;
  void put_v6(const std::array<std::uint8_t, 16>& octets) noexcept;
  void put_zone(std::uint32_t zone) noexcept;

  std::array<char, capacity> text_;
  std::size_t size_ = 0;
};

}  // namespace mtcp::detail
