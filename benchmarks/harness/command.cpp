#include "harness/command.hpp"

#include <charconv>
#include <sched.h>
#include <sstream>
#include <stdexcept>

namespace bench {

namespace {

template <class Number>
Number parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("no number: '" + std::string(text) + "'");
  return number;
}

int parse_processor(std::string_view text) {
  const int processor = parse<int>(text);
  if (processor < 0 || processor >= CPU_SETSIZE)
    throw std::invalid_argument("no processor: '" + std::string(text) + "'");
  return processor;
}

}  // namespace

Command::Command(const std::string& line) {
  std::istringstream words(line);
  words >> word_;
  for (std::string pair; words >> pair;) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) throw std::invalid_argument("no key=value: '" + pair + "'");
    values_[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
}

std::string_view Command::value(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw std::invalid_argument("missing: " + std::string(key));
  return found->second;
}

std::size_t Command::number(std::string_view key) const {
  return parse<std::size_t>(value(key));
}

Pin Command::pin() const {
  const std::string_view text = value("pin");
  if (text == "none") return {};
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return {parse_processor(text), parse_processor(text)};
  return {parse_processor(text.substr(0, comma)), parse_processor(text.substr(comma + 1))};
}

}  // namespace bench
