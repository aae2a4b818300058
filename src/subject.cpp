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
  constexpr std::string_view more = "...";
  constexpr std::size_t room = capacity - 3 - more.size();  // quotes and NUL
  Subject subject;
  auto out = subject.text_.begin();
  *out++ = '"';
  for (const char c : text.substr(0, room)) *out++ = (c >= ' ' && c <= '~') ? c : '?';
  if (text.size() > room) out = std::ranges::copy(more, out).out;
  *out = '"';
  return subject;
}

}  // namespace mtcp::detail
