#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spread.hpp"

namespace bench {

/// What is known of one system in one workload after all rounds; figures that the workload does not
/// have are not numbers.
struct Row {
  std::string group, workload, system;
  double rounds = 0;
  /// To the base in the same round.
  Spread ratio = spread({});
  double cpu_ratio = spread({}).median;
  Spread figure = spread({});
  double figure_p90 = spread({}).median;
  double cpu_us = spread({}).median;
  double memory_kib = spread({}).median;
  /// How many operations returned before their timeout.
  double early = spread({}).median;
  /// Why the system is left out, or empty.
  std::string left_out;
};

struct Results {
  /// Where and how they were measured: a name and a text each; also notes.
  std::vector<std::pair<std::string, std::string>> about;
  std::vector<Row> rows;
};

/// A file of tab-separated values that is complete after every row: a long run that is interrupted
/// leaves what it has found out.
class ResultsFile {
 public:
  explicit ResultsFile(const std::filesystem::path& path);

  void write_about(std::string_view name, std::string_view text);
  void write_header();
  void write(const Row& row);

 private:
  std::ofstream out_;
};

/// Throws std::runtime_error if the file is not such a one.
Results read_results(const std::filesystem::path& path);

}  // namespace bench
