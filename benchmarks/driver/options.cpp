#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

#include "system.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

class Parser {
 public:
  explicit Parser(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  Options parse() {
    while (next_ < arguments_.size()) parse_one(arguments_[next_++]);
    if (options_.results.empty()) throw std::invalid_argument("no --output or --report");
    if (options_.action == Action::Run && options_.systems_folder.empty()) {
      throw std::invalid_argument("no --systems-folder");
    }
    if (options_.rounds == 0) options_.rounds = options_.extent == Extent::Quick ? 5 : 21;
    options_.systems = choose_systems();
    return options_;
  }

 private:
  void parse_one(const std::string& argument) {
    if (argument == "--quick") {
      options_.extent = Extent::Quick;
    } else if (argument == "--full") {
      options_.extent = Extent::Full;
    } else if (argument == "--only") {
      options_.only = list(value(argument));
      check_groups();
    } else if (argument == "--systems") {
      options_.systems = list(value(argument));
    } else if (argument == "--rounds") {
      options_.rounds = positive(value(argument));
    } else if (argument == "--systems-folder") {
      options_.systems_folder = value(argument);
    } else if (argument == "--about") {
      options_.about.push_back(named_text(value(argument)));
    } else if (argument == "--output") {
      options_.results = value(argument);
    } else if (argument == "--report" || argument == "--markdown") {
      options_.action = argument == "--report" ? Action::ReportAsText : Action::ReportAsMarkdown;
      options_.results = value(argument);
    } else {
      throw std::invalid_argument("unknown option " + argument);
    }
  }

  const std::string& value(const std::string& option) {
    if (next_ == arguments_.size()) throw std::invalid_argument(option + " needs a value");
    return arguments_[next_++];
  }

  static std::vector<std::string> list(const std::string& text) {
    std::vector<std::string> items;
    std::istringstream in(text);
    for (std::string item; std::getline(in, item, ',');) items.push_back(item);
    return items;
  }

  static int positive(const std::string& text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number <= 0) throw std::invalid_argument(text + " is no number above 0");
    return number;
  }

  static std::pair<std::string, std::string> named_text(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) throw std::invalid_argument(text + " is not NAME=TEXT");
    return {text.substr(0, equals), text.substr(equals + 1)};
  }

  void check_groups() const {
    const auto workloads = all_workloads();
    for (const std::string& group : options_.only) {
      if (std::ranges::find(workloads, group, &Workload::group) == workloads.end()) {
        throw std::invalid_argument("no workload " + group);
      }
    }
  }

  /// The base is always among them: without it there are no ratios.
  std::vector<std::string> choose_systems() const {
    const auto names = system_names();
    for (const std::string& wanted : options_.systems) {
      if (std::ranges::find(names, wanted) == names.end()) {
        throw std::invalid_argument("no system " + wanted);
      }
    }
    std::vector<std::string> chosen;
    for (const std::string_view name : names) {
      const bool is_wanted = options_.systems.empty() || name == names.front() ||
                             std::ranges::find(options_.systems, name) != options_.systems.end();
      if (is_wanted) chosen.emplace_back(name);
    }
    return chosen;
  }

  const std::vector<std::string>& arguments_;
  std::size_t next_ = 0;
  Options options_;
};

}  // namespace

const char* const usage =
    "mtcp-bench [--quick|--full] [--only WORKLOAD,...] [--systems NAME,...] [--rounds N]\n"
    "           [--about NAME=TEXT]... --systems-folder FOLDER --output results.tsv\n"
    "mtcp-bench --report results.tsv       the tables, for a terminal\n"
    "mtcp-bench --markdown results.tsv     the tables, as a page\n";

std::chrono::duration<double> Options::round_time() const {
  return extent == Extent::Quick ? 80ms : 150ms;
}

Options parse_options(const std::vector<std::string>& arguments) {
  return Parser(arguments).parse();
}

}  // namespace bench
