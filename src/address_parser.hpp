#pragma once

#include <expected>
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

}  // namespace mtcp::detail
