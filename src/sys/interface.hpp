#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <system_error>

/// The system's network interfaces, which IPv6 zones name (RFC 4007).
namespace mtcp::sys {

/// The number of the interface called `name`; no_such_device if there is none.
std::expected<std::uint32_t, std::error_code> interface_number(std::string_view name) noexcept;

/// The name of interface `number`, written into `buffer`; empty if it has none that fits.
std::string_view interface_name(std::uint32_t number, std::span<char> buffer) noexcept;

}  // namespace mtcp::sys
