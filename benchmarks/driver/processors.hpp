#pragma once

#include <span>
#include <vector>

namespace bench {

/// Numbers of processors, as the kernel counts them.
using Processors = std::vector<int>;

/// Those that the driver may run on, as taskset left it.
Processors allowed_processors();

/// From now on the calling thread, and what it starts, runs on these alone.
void run_on(std::span<const int> processors);

}  // namespace bench
