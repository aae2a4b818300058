#pragma once

#include <cstdint>

namespace mtcp::test {

/// A seed for what a test does at random: new in each run, printed, and recorded with the test's
/// result. MTCP_TEST_SEED in the environment repeats a run.
std::uint64_t make_seed();

}  // namespace mtcp::test
