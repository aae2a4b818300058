#pragma once

#include <functional>
#include <string>
#include <vector>

#include "options.hpp"
#include "results.hpp"
#include "workload.hpp"

namespace bench {

/// Told what is going on, as text for the user.
using Progress = std::function<void(const std::string&)>;

/// Runs all rounds of one workload, every system once in each round; a row for each system.
std::vector<Row> run_rounds(const Workload& workload, const Place& place, const Options& options,
                            const Progress& progress);

}  // namespace bench
