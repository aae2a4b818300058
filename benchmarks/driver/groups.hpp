#pragma once

#include <span>
#include <string_view>

namespace bench {

/// What a group's figures are, and so which columns its table has.
enum class Figures {
  /// Ratio to the base, processor time.
  Ratio,
  /// The time itself, too.
  RatioAndTime,
  /// Memory for each connection, too.
  RatioAndMemory,
  /// No ratio: how late, and how often early.
  Lateness,
};

/// Workloads that are told in one table.
struct Group {
  std::string_view id;
  std::string_view title;
  /// What the first figure is, and which way is better.
  std::string_view figure;
  std::string_view unit;
  Figures figures;
};

std::span<const Group> groups();

}  // namespace bench
