#pragma once

#include <chrono>
#include <limits>
#include <vector>

#include "system.hpp"
#include "workload.hpp"

namespace bench {

/// Stands for a figure that a workload does not have.
constexpr double no_figure = std::numeric_limits<double>::quiet_NaN();

/// What one round of one system has shown.
struct Sample {
  /// What the workload is about, in the unit that its group names in the report.
  double figure = no_figure;
  /// Processor time an operation, in microseconds.
  double cpu_us = no_figure;
  /// How long it took, for tasks that are asked for a count of operations.
  std::chrono::duration<double> time{};
  /// For each connection that is served.
  double memory_kib = no_figure;
  /// How much later than their timeout operations returned, in microseconds.
  std::vector<double> late_us = {};
};

/// How much is asked of a system in one round.
struct Amount {
  /// Of operations, for tasks that have a count.
  long count;
  /// Roughly how long a round is, for the others.
  std::chrono::duration<double> time;
};

/// Whether the length of a round is told by a count of operations, not by time.
bool is_counted(const Task& task);

/// Runs one round. Throws Failure.
Sample measure(System& system, const Task& task, const Place& place, const Amount& amount);

}  // namespace bench
