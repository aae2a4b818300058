#pragma once

#include <iosfwd>

#include "results.hpp"

namespace bench {

/// One table a group, to be read in a terminal.
void report_as_text(const Results& results, std::ostream& out);
/// The same as a page, each group with its plot (`W1.svg` and so on) from the same folder.
void report_as_markdown(const Results& results, std::ostream& out);

}  // namespace bench
