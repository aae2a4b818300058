// What mtcp-proxy needs of the operating system beyond mtcp and the standard library. Only
// system.cpp, here and in the folder of the platform, includes OS headers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace proxy::system {

/// An option as it may stand on the command line.
struct OptionName {
  const char* name;   // "listen", for --listen
  char letter;        // 'l', for -l; 0: it has none
  const char* value;  // what its value is called; null: it takes none
};

/// An option as it stood there.
struct GivenOption {
  std::size_t which;  // in the names
  std::string value;
};

struct CommandLine {
  std::vector<GivenOption> options;
  std::vector<std::string> operands;
};

/// Takes a command line apart. Nothing if it has an option that is not in `names`, or one without
/// its value; the user has been told so then.
std::optional<CommandLine> split(int argc, char** argv, std::span<const OptionName> names);

/// Sees to it that this process may have `count` descriptors, as far as it is allowed to. Returns
/// how many it may have.
std::size_t allow_descriptors(std::size_t count);

/// The signal that asks for statistics, where there is one for that.
extern const std::optional<int> statistics_signal;

/// The signals that stop it. Not the one of a terminal that goes away, if whoever started this
/// process wants it to outlive the terminal, as nohup(1) does.
std::vector<int> stop_signals();

/// Makes harmless what would end the process without need: a request for statistics that nobody
/// waits for, and a log that nobody reads any more.
void ignore_harmless_signals();

}  // namespace proxy::system
