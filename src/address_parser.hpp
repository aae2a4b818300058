#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <system_error>

#include <mtcp/socket_addr.hpp>

namespace mtcp::detail {

/// Why a text is no address.
struct AddressFault {
  std::error_code code;
  const char* reason;
};

std::expected<SocketAddr, AddressFault> parse_address(std::string_view text) noexcept;

/// A host that is an address already, as "127.0.0.1", "::1" or "fe80::1%eth0"; nothing for a name.
std::expected<std::optional<SocketAddr>, AddressFault> parse_host(std::string_view text,
                                                                  std::uint16_t port) noexcept;

}  // namespace mtcp::detail
