#pragma once

#include <span>
#include <string>

#include "results.hpp"

namespace bench {

/// Which systems were left out everywhere, and for which reason, as "Left out: gio (not built).";
/// or nothing.
std::string left_out_everywhere(const Results& results);

/// The same for those that were left out of these rows, but not everywhere.
std::string left_out_here(const Results& results, std::span<const Row* const> rows);

}  // namespace bench
