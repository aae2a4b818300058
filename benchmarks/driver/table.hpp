#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace bench {

using Cells = std::vector<std::string>;

/// The first column is laid out to the left, the others to the right.
struct Table {
  Cells header;
  std::vector<Cells> rows;
};

void print_as_text(const Table& table, std::ostream& out);
void print_as_markdown(const Table& table, std::ostream& out);

}  // namespace bench
