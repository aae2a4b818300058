#include "table.hpp"

#include <algorithm>
#include <iomanip>
#include <numeric>
#include <ostream>

namespace bench {
namespace {

std::vector<std::size_t> widths(const Table& table) {
  std::vector<std::size_t> widths;
  for (const std::string& cell : table.header) widths.push_back(cell.size());
  for (const Cells& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

struct Borders {
  const char* left;
  const char* between;
  const char* right;
};

void print(const Cells& cells, const std::vector<std::size_t>& widths, const Borders& borders,
           std::ostream& out) {
  out << borders.left;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out << (i == 0 ? "" : borders.between) << (i == 0 ? std::left : std::right)
        << std::setw(static_cast<int>(widths[i])) << cells[i];
  }
  out << borders.right << '\n';
}

}  // namespace

void print_as_text(const Table& table, std::ostream& out) {
  const auto columns = widths(table);
  const Borders borders = {.left = "  ", .between = "   ", .right = ""};
  print(table.header, columns, borders, out);
  const auto gaps = 3 * (columns.size() - 1);
  out << "  " << std::string(std::accumulate(columns.begin(), columns.end(), gaps), '-') << '\n';
  for (const Cells& row : table.rows) print(row, columns, borders, out);
}

void print_as_markdown(const Table& table, std::ostream& out) {
  const auto columns = widths(table);
  const Borders borders = {.left = "| ", .between = " | ", .right = " |"};
  print(table.header, columns, borders, out);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out << "| " << std::string(std::max(columns[i], std::size_t(4)) - 1, '-')
        << (i == 0 ? "- " : ": ");
  }
  out << "|\n";
  for (const Cells& row : table.rows) print(row, columns, borders, out);
}

}  // namespace bench
