#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace proxy {

/// Longer than any deadline of mtcp.
inline constexpr std::chrono::nanoseconds no_limit = std::chrono::nanoseconds::max();

/// A whole number and a unit, as "500ms", "10s", "5min" or "1h", or "none" for no_limit. Strict:
/// no sign, no space, no fraction; nothing if it is anything else, or more than 292 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// As parse_duration() reads it, in the largest unit that does it without a fraction.
std::string to_string(std::chrono::nanoseconds duration);

/// In seconds, to the millisecond: "1.203 s".
std::string to_seconds(std::chrono::nanoseconds duration);

}  // namespace proxy
