#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "processors.hpp"

namespace bench {

// What a system is asked; the README of the benchmarks says what each does.

struct PingPong {
  int pairs;
  int size;
};
struct Bulk {
  int size;
};
struct Connect {};
struct Overshoot {
  std::chrono::microseconds timeout;
};
struct Park {
  int threads;
};
struct Serve {
  int connections;
  /// Between two requests of one connection; 0: the next follows the answer at once.
  std::chrono::microseconds pause{0};
};
using Task = std::variant<PingPong, Bulk, Connect, Overshoot, Park, Serve>;

enum class Placement {
  OneProcessor,
  TwoProcessors,
  Free,
  /// The system on one half of the processors, the driver's load on the other.
  Halves,
};

enum class Background { Idle, BusyProcessors };

/// Long ones are run for fewer rounds.
enum class Length { Normal, Long };

/// Quick ones are in both sets.
enum class Extent { Quick, Full };

struct Workload {
  /// "W1"; those of one group are told in one table.
  std::string group;
  /// What tells it from the others of its group: "two processors".
  std::string name;
  Task task;
  Placement placement;
  Extent extent;
  Background background = Background::Idle;
  Length length = Length::Normal;
};

std::vector<Workload> all_workloads();

/// Where a workload runs.
struct Place {
  Processors system;
  Processors load;
  /// As the commands name it: "none", "2" or "2,3".
  std::string pin;
};

/// Nothing, if there are too few processors for it.
std::optional<Place> find_place(Placement placement, const Processors& allowed);

}  // namespace bench
