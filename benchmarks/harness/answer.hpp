#pragma once

#include "harness/workloads.hpp"

namespace bench {

/// The main function of a system: reads commands from the standard input and answers on the
/// standard output, until the end of the input. Returns the program's exit status.
int answer_commands(Workloads& workloads);

}  // namespace bench
