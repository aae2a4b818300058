#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include <mtcp/tcp_error.hpp>

namespace mtcp {

/// An IPv4 or IPv6 address with a port; 0.0.0.0:0 by default.
///
/// A small value without allocations. Two are equal only if family, address, zone and port are.
/// Ordered: IPv4 before IPv6, then by address, zone, port.
///
/// Threads: as any value type. Signal handlers: all but parse() and to_string() are safe there.
class SocketAddr {
 public:
  /// 0.0.0.0:0.
  constexpr SocketAddr() noexcept = default;

  /// Reads "127.0.0.1:80", "[::1]:80" or "[fe80::1%eth0]:80" (a zone is an interface's name or
  /// number). Strict: no leading zeros in octets and port, no spaces, no signs, no names, no
  /// inet_aton forms such as "127.1"; the port is 0 to 65535 and never left out.
  /// Errors: Failed with std::errc::invalid_argument, or no_such_device for a zone that names no
  /// interface; message() quotes the text and says which part is wrong. Never waits.
  /// Source: RFC 4291 section 2.2, RFC 4007 section 11, RFC 3986 section 3.2.
  [[nodiscard]] static Result<SocketAddr> parse(std::string_view text);

  /// 127.0.0.1 with `port`. Never fails.
  static constexpr SocketAddr loopback_v4(std::uint16_t port = 0) noexcept {
    return v4({127, 0, 0, 1}, port);
  }
  /// ::1 with `port`. Never fails.
  static constexpr SocketAddr loopback_v6(std::uint16_t port = 0) noexcept {
    return v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port);
  }
  /// 0.0.0.0 with `port`: every IPv4 address of this machine. Never fails.
  static constexpr SocketAddr any_v4(std::uint16_t port = 0) noexcept { return v4({}, port); }
  /// :: with `port`: every address of this machine (IPv4 too, unless v6_only). Never fails.
  static constexpr SocketAddr any_v6(std::uint16_t port = 0) noexcept { return v6({}, port); }

  /// The IPv4 address with these octets, in network order. Never fails.
  static constexpr SocketAddr v4(std::array<std::uint8_t, 4> octets, std::uint16_t port) noexcept {
    SocketAddr address;
    for (std::size_t i = 0; i < octets.size(); ++i) address.octets_[i] = octets[i];
    address.port_ = port;
    return address;
  }
  /// The IPv6 address with these octets, in network order; `zone` is an interface's number, 0 for
  /// none. Never fails.
  static constexpr SocketAddr v6(std::array<std::uint8_t, 16> octets, std::uint16_t port,
                                 std::uint32_t zone = 0) noexcept {
    SocketAddr address;
    address.family_ = Family::V6;
    address.octets_ = octets;
    address.zone_ = zone;
    address.port_ = port;
    return address;
  }

  /// Whether it is an IPv4 address.
  constexpr bool is_v4() const noexcept { return family_ == Family::V4; }
  /// Whether it is an IPv6 address (an IPv4-mapped one, "::ffff:1.2.3.4", is).
  constexpr bool is_v6() const noexcept { return family_ == Family::V6; }
  /// The port, in host order.
  constexpr std::uint16_t port() const noexcept { return port_; }
  /// The address in network order: the first 4 octets for IPv4 (the others are 0), all 16 for IPv6.
  constexpr const std::array<std::uint8_t, 16>& octets() const noexcept { return octets_; }
  /// The IPv6 zone as an interface's number; 0 for none, and for IPv4.
  constexpr std::uint32_t zone() const noexcept { return zone_; }

  /// The canonical text, which parse() reads back to an equal address. A zone is printed as the
  /// interface's name where it has one. May throw std::bad_alloc. Source: RFC 5952.
  std::string to_string() const;

  /// The order told above.
  friend constexpr auto operator<=>(const SocketAddr&, const SocketAddr&) noexcept = default;

 private:
  enum class Family : std::uint8_t { V4, V6 };

  Family family_ = Family::V4;  // the order of these members is the order of addresses
  std::array<std::uint8_t, 16> octets_{};
  std::uint32_t zone_ = 0;
  std::uint16_t port_ = 0;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const SocketAddr& address);

}  // namespace mtcp

/// Hashes all that makes two addresses equal.
template <>
struct std::hash<mtcp::SocketAddr> {
  /// The hash of `address`. Never fails.
  std::size_t operator()(const mtcp::SocketAddr& address) const noexcept;
};
