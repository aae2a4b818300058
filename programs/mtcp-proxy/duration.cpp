#include "duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace proxy {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

struct Unit {
  std::string_view name;
  nanoseconds length;
};

constexpr std::array<Unit, 4> units = {{{"h", 1h}, {"min", 1min}, {"s", 1s}, {"ms", 1ms}}};

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
  if (text == "none") return no_limit;
  std::uint64_t count = 0;  // of an unsigned number from_chars() takes no sign
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, count);
  if (error != std::errc()) return std::nullopt;
  for (const Unit& unit : units) {
    if (std::string_view(rest, end) != unit.name) continue;
    if (count > static_cast<std::uint64_t>(no_limit / unit.length)) return std::nullopt;
    return unit.length * static_cast<std::int64_t>(count);
  }
  return std::nullopt;
}

std::string to_string(nanoseconds duration) {
  if (duration == no_limit) return "none";
  for (const Unit& unit : units) {
    if (duration != 0ns && duration % unit.length == 0ns)
      return std::to_string(duration / unit.length).append(unit.name);
  }
  return std::to_string(duration / 1ms).append("ms");
}

std::string to_seconds(nanoseconds duration) {
  const auto milliseconds = std::to_string(duration / 1ms % 1000);
  return std::to_string(duration / 1s)
      .append(".")
      .append(3 - milliseconds.size(), '0')
      .append(milliseconds)
      .append(" s");
}

}  // namespace proxy
