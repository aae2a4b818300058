#pragma once

#include <cstdio>
#include <cstdlib>

namespace cost {

/// How many operations a set-up prepares, however many are asked for: so two runs with different
/// counts differ by operations alone. Fits into the shortest queue of connections, 128.
inline constexpr unsigned most = 120;

[[noreturn]] inline void fail(const char* text) {
  std::fprintf(stderr, "mtcp_cost: %s\n", text);
  std::_Exit(EXIT_FAILURE);
}

/// Calls `operation`, which says whether all went as it should, with 0, 1, ... `count` - 1. Then it
/// ends the program at once: taking down is not measured, and a helping thread, which would be
/// joined with a system call more or less, not waited for.
template <class Operation>
[[noreturn]] void repeat(unsigned count, Operation operation) {
  for (unsigned i = 0; i < count; ++i)
    if (!operation(i)) fail("the operation did not end as it should");
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace cost
