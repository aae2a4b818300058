#pragma once

#include "options.hpp"

namespace bench {

/// Runs the workloads that the options name and writes the results as they come; progress goes to
/// standard error.
void run(const Options& options);

}  // namespace bench
