#include "address_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "sys/interface.hpp"

namespace mtcp::detail {

namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

template <class T>
using Parsed = std::expected<T, AddressFault>;

std::unexpected<AddressFault> fault(const char* reason) noexcept {
  return std::unexpected(AddressFault{std::make_error_code(std::errc::invalid_argument), reason});
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// Digits only, without leading zeros, at most `largest`.
std::optional<std::uint32_t> decimal(std::string_view text, std::uint32_t largest) noexcept {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > largest) return std::nullopt;
  return number;
}

/// Splits at the first `separator`; without one, all is in front.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text,
                                                                   char separator) noexcept {
  const auto at = text.find(separator);
  if (at == text.npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Parsed<std::uint16_t> parse_port(std::string_view text) noexcept {
  if (text.empty()) return fault("the port is missing");
  const auto port = decimal(text, 65535);
  if (!port) return fault("the port is not a number from 0 to 65535 without leading zeros");
  return static_cast<std::uint16_t>(*port);
}

std::optional<V4> parse_v4(std::string_view text) noexcept {
  V4 octets{};
  std::optional<std::string_view> rest = text;
  for (std::uint8_t& octet : octets) {
    if (!rest) return std::nullopt;
    std::string_view part;
    std::tie(part, rest) = split(*rest, '.');
    const auto number = decimal(part, 255);
    if (!number) return std::nullopt;
    octet = static_cast<std::uint8_t>(*number);
  }
  if (rest) return std::nullopt;
  return octets;
}

/// Octets of groups that stand between colons; `size` says how many there are.
struct Groups {
  V6 octets{};
  std::size_t size = 0;

  bool add(std::uint8_t octet) noexcept {
    if (size == octets.size()) return false;
    octets[size++] = octet;
    return true;
  }
};

bool add_group(Groups& groups, std::string_view text) noexcept {
  std::uint16_t number = 0;
  if (text.empty() || text.size() > 4) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  return groups.add(static_cast<std::uint8_t>(number >> 8)) &&
         groups.add(static_cast<std::uint8_t>(number & 0xff));
}

/// "1:2:3", the last part perhaps in IPv4 form where `v4_may_end` it; empty for an empty text.
enum class Ending { Groups, GroupsOrV4 };

std::optional<Groups> parse_groups(std::string_view text, Ending ending) noexcept {
  Groups groups;
  if (text.empty()) return groups;
  std::optional<std::string_view> rest = text;
  while (rest) {
    std::string_view part;
    std::tie(part, rest) = split(*rest, ':');
    if (add_group(groups, part)) continue;
    if (rest || ending == Ending::Groups) return std::nullopt;
    const auto v4 = parse_v4(part);
    if (!v4) return std::nullopt;
    for (const std::uint8_t octet : *v4)
      if (!groups.add(octet)) return std::nullopt;
  }
  return groups;
}

std::optional<V6> parse_v6(std::string_view text) noexcept {
  const auto gap = text.find("::");
  if (gap == text.npos) {
    const auto groups = parse_groups(text, Ending::GroupsOrV4);
    if (!groups || groups->size != 16) return std::nullopt;
    return groups->octets;
  }
  const auto front = parse_groups(text.substr(0, gap), Ending::Groups);
  const auto back = parse_groups(text.substr(gap + 2), Ending::GroupsOrV4);
  if (!front || !back || front->size + back->size > 14) return std::nullopt;
  V6 octets = front->octets;
  std::copy_n(back->octets.begin(), back->size,
              octets.end() - static_cast<std::ptrdiff_t>(back->size));
  return octets;
}

Parsed<std::uint32_t> parse_zone(std::string_view text) noexcept {
  if (text.empty()) return fault("the zone after '%' is empty");
  if (std::ranges::all_of(text, is_digit)) {
    const auto number = decimal(text, 0xffffffff);
    if (!number) return fault("the zone is not a number of 32 bits without leading zeros");
    return *number;
  }
  const auto number = sys::interface_number(text);
  if (number) return *number;
  const bool unknown = number.error() == std::errc::no_such_device;
  return std::unexpected(
      AddressFault{number.error(), unknown ? "the zone names no network interface" : nullptr});
}

/// An IPv6 address that may have a zone; nothing if it is no address.
Parsed<std::optional<SocketAddr>> parse_v6_host(std::string_view text,
                                                std::uint16_t port) noexcept {
  const auto [address, zone_text] = split(text, '%');
  const auto octets = parse_v6(address);
  if (!octets) return std::nullopt;
  if (!zone_text) return SocketAddr::v6(*octets, port);
  const auto zone = parse_zone(*zone_text);
  if (!zone) return std::unexpected(zone.error());
  return SocketAddr::v6(*octets, port, *zone);
}

Parsed<SocketAddr> parse_bracketed(std::string_view text) noexcept {
  const auto [inside, after] = split(text.substr(1), ']');
  if (!after) return fault("the ']' is missing");
  if (after->empty() || after->front() != ':') return fault("':' and a port must follow the ']'");
  const auto port = parse_port(after->substr(1));
  const auto address = parse_v6_host(inside, port.value_or(0));
  if (!address) return std::unexpected(address.error());
  if (!*address) return fault("what is in the brackets is not an IPv6 address");
  if (!port) return std::unexpected(port.error());
  return **address;
}

}  // namespace

Parsed<SocketAddr> parse_address(std::string_view text) noexcept {
  if (text.empty()) return fault("it is empty");
  if (text.front() == '[') return parse_bracketed(text);
  const auto [address, port_text] = split(text, ':');
  if (!port_text) return fault("':' and a port are missing");
  if (port_text->find(':') != port_text->npos)
    return fault("an IPv6 address must stand in brackets, as in [::1]:80");
  const auto octets = parse_v4(address);
  if (!octets) return fault("what stands before the ':' is not an IPv4 address");
  const auto port = parse_port(*port_text);
  if (!port) return std::unexpected(port.error());
  return SocketAddr::v4(*octets, *port);
}

Parsed<std::optional<SocketAddr>> parse_host(std::string_view text, std::uint16_t port) noexcept {
  if (const auto octets = parse_v4(text)) return SocketAddr::v4(*octets, port);
  return parse_v6_host(text, port);
}

}  // namespace mtcp::detail
