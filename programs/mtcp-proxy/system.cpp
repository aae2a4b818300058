#include "system.hpp"

#include <algorithm>
#include <getopt.h>
#include <limits>

namespace proxy::system {

namespace {

/// getopt_long() tells an option by this number, which no letter has.
constexpr int first_number = std::numeric_limits<unsigned char>::max() + 1;

/// The two tables that getopt_long() wants.
struct Tables {
  std::string letters;
  std::vector<option> names;
};

Tables make_tables(std::span<const OptionName> names) {
  Tables tables;
  for (const OptionName& each : names) {
    const int has_value = each.value ? required_argument : no_argument;
    tables.names.push_back(
        {each.name, has_value, nullptr, first_number + static_cast<int>(tables.names.size())});
    if (each.letter == 0) continue;
    tables.letters += each.letter;
    if (each.value) tables.letters += ':';
  }
  tables.names.push_back({});
  return tables;
}

std::size_t find(std::span<const OptionName> names, int code) {
  if (code >= first_number) return static_cast<std::size_t>(code - first_number);
  const auto found = std::ranges::find(names, static_cast<char>(code), &OptionName::letter);
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

std::optional<CommandLine> split(int argc, char** argv, std::span<const OptionName> names) {
  const Tables tables = make_tables(names);
  CommandLine line;
  for (;;) {
    const int code =
        ::getopt_long(argc, argv, tables.letters.c_str(), tables.names.data(), nullptr);
    if (code == -1) break;
    if (code == '?') return std::nullopt;
    line.options.push_back({find(names, code), ::optarg ? ::optarg : ""});
  }
  line.operands.assign(argv + ::optind, argv + argc);
  return line;
}

}  // namespace proxy::system
