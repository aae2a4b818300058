#include "sys/interface.hpp"

#include <algorithm>
#include <array>

#include "sys/windows/error.hpp"
// After the sockets' headers.
#include <netioapi.h>

namespace mtcp::sys {

std::expected<std::uint32_t, std::error_code> interface_number(std::string_view name) noexcept {
  std::array<char, IF_NAMESIZE> text{};
  const bool cut_short = name.find('\0') != name.npos;  // there the system would stop reading
  if (name.size() >= text.size() || cut_short)
    return std::unexpected(std::make_error_code(std::errc::no_such_device));
  std::ranges::copy(name, text.begin());
  const std::uint32_t number = ::if_nametoindex(text.data());
  if (number != 0) return number;
  return std::unexpected(std::make_error_code(std::errc::no_such_device));
}

std::string_view interface_name(std::uint32_t number, std::span<char> buffer) noexcept {
  std::array<char, IF_NAMESIZE> text{};
  if (!::if_indextoname(number, text.data())) return {};
  const std::string_view name = text.data();
  if (name.size() > buffer.size()) return {};
  std::ranges::copy(name, buffer.begin());
  return {buffer.data(), name.size()};
}

}  // namespace mtcp::sys
