#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "address_text.hpp"
#include "internals.hpp"

namespace mtcp::detail {

Subject::Subject(const SocketAddr& address) noexcept {
  static_assert(AddressText::capacity < capacity);
  const AddressText text(address);
  std::ranges::copy(text.view(), text_.begin());
}

Subject Subject::number(int number) noexcept {
  Subject subject;
  std::to_chars(subject.text_.data(), subject.text_.data() + capacity - 1, number);
  return subject;
}

Subject Subject::descriptor(NativeHandle handle) noexcept {
  return number(int(handle));
}

Subject Subject::quoted(std::string_view text) noexcept {
  Subject subject;
  subject.text_[0] = '"';
  const std::size_t end = subject.put(1, text, capacity - 2);
  subject.text_[end] = '"';
  return subject;
}

Subject Subject::host(std::string_view host, std::uint16_t port) noexcept {
  constexpr std::size_t port_size = 6;
  const bool bracketed = host.contains(':');  // as an IPv6 address has them
  Subject subject;
  char* next = subject.text_.data();
  if (bracketed) *next++ = '[';
  const auto begin = static_cast<std::size_t>(next - subject.text_.data());
  next = &subject.text_[subject.put(begin, host, capacity - 2 - port_size)];
  if (bracketed) *next++ = ']';
  *next++ = ':';
  std::to_chars(next, &subject.text_[capacity - 1], port);
  return subject;
}

std::size_t Subject::put(std::size_t begin, std::string_view text, std::size_t end) noexcept {
  constexpr std::string_view more = "...";
  const bool fits = text.size() <= end - begin;
  if (!fits) text = text.substr(0, end - begin - more.size());
  for (const char c : text) text_[begin++] = (c >= ' ' && c <= '~') ? c : '?';
  if (!fits)
    for (const char c : more) text_[begin++] = c;
  return begin;
}

}  // namespace mtcp::detail
