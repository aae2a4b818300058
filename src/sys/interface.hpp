#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The system's network interfaces, which IPv6 zones name (RFC 4007).
namespace mtcp::sys {

/// The number of the interface called `name`; 0 if there is none.
std::uint32_t interface_number(std::string_view name) noexcept;

/// The name of interface `number`, written into `buffer`; empty if it has none that fits.
std::string_view interface_name(std::uint32_t number, std::span<char> buffer) noexcept;

}  // namespace mtcp::sys
