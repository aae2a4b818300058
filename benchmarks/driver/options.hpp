#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "workload.hpp"

namespace bench {

enum class Action { Run, ReportAsText, ReportAsMarkdown };

struct Options {
  Action action = Action::Run;
  Extent extent = Extent::Quick;
  int rounds = 0;
  /// Groups of workloads; none is all.
  std::vector<std::string> only;
  /// In the order of the report, the base first.
  std::vector<std::string> systems;
  std::filesystem::path systems_folder;
  /// Where the results go, or what is reported.
  std::filesystem::path results;
  /// What the caller knows of the build: a name and a text each.
  std::vector<std::pair<std::string, std::string>> about;

  /// Roughly, of one system.
  std::chrono::duration<double> round_time() const;
};

extern const char* const usage;

/// Throws std::invalid_argument.
Options parse_options(const std::vector<std::string>& arguments);

}  // namespace bench
