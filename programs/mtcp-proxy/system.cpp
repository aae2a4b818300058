#include "system.hpp"

#include <algorithm>
#include <csignal>
#include <getopt.h>
#include <limits>
#include <sys/resource.h>

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

std::size_t allow_descriptors(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return count;
  if (limit.rlim_cur < count) {
    rlimit raised = limit;
    raised.rlim_cur = std::min<rlim_t>(count, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

const int statistics_signal = SIGUSR1;

std::vector<int> stop_signals() {
  std::vector<int> signals = {SIGTERM, SIGINT};
  struct sigaction hang_up{};
  const bool is_known = ::sigaction(SIGHUP, nullptr, &hang_up) == 0;
  if (!is_known || hang_up.sa_handler != SIG_IGN) signals.push_back(SIGHUP);
  return signals;
}

void ignore_harmless_signals() {
  std::signal(SIGUSR1, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace proxy::system
