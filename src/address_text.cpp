#include "address_text.hpp"

#include <algorithm>
#include <charconv>

#include "sys/interface.hpp"

namespace mtcp::detail {

namespace {

constexpr std::size_t group_count = 8;

/// The groups from `begin` to `end` that "::" stands for: the first longest run of zeros.
struct ZeroRun {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const noexcept { return end - begin; }
};

unsigned group(const std::array<std::uint8_t, 16>& octets, std::size_t index) noexcept {
  return static_cast<unsigned>(octets[2 * index] << 8 | octets[2 * index + 1]);
}

ZeroRun longest_zero_run(const std::array<std::uint8_t, 16>& octets) noexcept {
  ZeroRun longest;
  for (std::size_t i = 0; i < group_count;) {
    ZeroRun run{i, i};
    while (run.end < group_count && group(octets, run.end) == 0) ++run.end;
    if (run.size() > longest.size()) longest = run;
    i = run.end + 1;
  }
  return longest.size() >= 2 ? longest : ZeroRun{};
}

bool is_mapped_v4(const std::array<std::uint8_t, 16>& octets) noexcept {
  return std::all_of(octets.begin(), octets.begin() + 10, [](auto octet) { return octet == 0; }) &&
         octets[10] == 0xff && octets[11] == 0xff;
}

/// Whether parse() will take the name for what it is, and not for a number or the end of the text.
bool is_plain_name(std::string_view name) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_plain = [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == '@';
  };
  return !name.empty() && std::ranges::all_of(name, is_plain) &&
         !std::ranges::all_of(name, is_digit);
}

}  // namespace

AddressText::AddressText(const SocketAddr& address) noexcept {
  if (address.is_v4()) {
    put_v4(address.octets().data());
  } else {
    put('[');
    put_v6(address.octets());
    if (address.zone() != 0) put_zone(address.zone());
    put(']');
  }
  put(':');
  put_number(address.port(), 10);
}

void AddressText::put(std::string_view text) noexcept {
  for (const char c : text) put(c);
}

void AddressText::put_number(unsigned number, int base) noexcept {
  const auto written =
      std::to_chars(text_.data() + size_, text_.data() + text_.size(), number, base);
  size_ = static_cast<std::size_t>(written.ptr - text_.data());
}

void AddressText::put_v4(const std::uint8_t* octets) noexcept {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) put('.');
    put_number(octets[i], 10);
  }
}

void AddressText::put_v6(const std::array<std::uint8_t, 16>& octets) noexcept {
  if (is_mapped_v4(octets)) {
    put("::ffff:");
    put_v4(octets.data() + 12);
    return;
  }
  const ZeroRun zeros = longest_zero_run(octets);
  for (std::size_t i = 0; i < group_count; ++i) {
    if (zeros.size() != 0 && i == zeros.begin) {
      put("::");
      i = zeros.end;
      if (i == group_count) break;
    } else if (i != 0) {
      put(':');
    }
    put_number(group(octets, i), 16);
  }
}

void AddressText::put_zone(std::uint32_t zone) noexcept {
  std::array<char, 15> buffer;
  const std::string_view name = sys::interface_name(zone, buffer);
  put('%');
  if (is_plain_name(name))
    put(name);
  else
    put_number(zone, 10);
}

}  // namespace mtcp::detail
