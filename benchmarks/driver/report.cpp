#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>

#include "figures.hpp"
#include "groups.hpp"
#include "left_out.hpp"
#include "system.hpp"
#include "table.hpp"

namespace bench {
namespace {

constexpr std::string_view how_to_read =
    "Ratios are to raw blocking sockets in the same round: the median of all rounds (quartiles). "
    "The row raw gives its own figures instead, as an aside: they say more about the machine. "
    "cpu is processor time an operation, as a ratio, too.";

using Rows = std::vector<const Row*>;

/// The workloads of a group, each with the rows of its systems, in the order of the file.
struct Workloads {
  std::vector<std::string> names;
  std::map<std::string, Rows> rows;
  Rows all_rows;
};

Workloads workloads_of(const Group& group, const Results& results) {
  Workloads workloads;
  for (const Row& row : results.rows) {
    if (row.group != group.id) continue;
    Rows& rows = workloads.rows[row.workload];
    if (rows.empty()) workloads.names.push_back(row.workload);
    rows.push_back(&row);
    workloads.all_rows.push_back(&row);
  }
  return workloads;
}

bool is_base(const Row& row) {
  return row.system == system_names().front();
}

std::string ratio_cell(const Row& row, const Group& group) {
  const bool is_absolute = is_base(row) || !std::isfinite(row.ratio.median);
  return is_absolute ? format_figures(row.figure, group.unit) : format_ratios(row.ratio);
}

std::string ratio_or_nothing(const Row& row) {
  return std::isfinite(row.ratio.median) ? format_ratios(row.ratio) : "-";
}

std::string cpu_cell(const Row& row) {
  const bool is_absolute = is_base(row) || !std::isfinite(row.cpu_ratio);
  return is_absolute ? format_figure(row.cpu_us) + " us" : format_ratio(row.cpu_ratio);
}

Cells header_of(const std::string& workload, Figures figures) {
  switch (figures) {
    case Figures::Ratio:
      return {workload, "cpu"};
    case Figures::RatioAndTime:
      return {workload, "us", "cpu"};
    case Figures::RatioAndMemory:
      return {workload, "cpu", "KiB"};
    case Figures::Lateness:
      return {workload, "early"};
  }
  return {};
}

Cells cells_of(const Row& row, const Group& group) {
  if (!row.left_out.empty()) return Cells(header_of({}, group.figures).size(), "-");
  switch (group.figures) {
    case Figures::Ratio:
      return {ratio_cell(row, group), cpu_cell(row)};
    case Figures::RatioAndTime:
      return {is_base(row) ? "1" : ratio_or_nothing(row), format_figure(row.figure.median),
              cpu_cell(row)};
    case Figures::RatioAndMemory:
      return {ratio_cell(row, group), cpu_cell(row), format_figure(row.memory_kib)};
    case Figures::Lateness:
      return {format_figure(row.figure.median) + " / " + format_figure(row.figure_p90),
              std::to_string(std::lround(row.early))};
  }
  return {};
}

/// Some workloads of a group side by side, one system a row. Systems that have no figure in any of
/// them have no row.
Table make_table(const Group& group, const Workloads& workloads,
                 std::span<const std::string> names) {
  Table table{.header = {"system"}, .rows = {}};
  std::map<std::string_view, Cells> cells;
  std::map<std::string_view, bool> has_figure;
  for (const std::string& name : names) {
    std::ranges::copy(header_of(name, group.figures), std::back_inserter(table.header));
    for (const Row* row : workloads.rows.at(name)) {
      std::ranges::copy(cells_of(*row, group), std::back_inserter(cells[row->system]));
      has_figure[row->system] |= row->left_out.empty();
    }
  }
  for (const std::string_view system : system_names()) {
    if (!has_figure[system]) continue;
    Cells& row = table.rows.emplace_back(Cells{std::string(system)});
    std::ranges::copy(cells[system], std::back_inserter(row));
  }
  return table;
}

/// So many workloads go side by side that a line fits a terminal.
std::vector<Table> make_tables(const Group& group, const Workloads& workloads) {
  constexpr std::size_t widest = 8;  // columns
  const std::size_t step = widest / header_of({}, group.figures).size();
  std::vector<Table> tables;
  for (std::size_t first = 0; first < workloads.names.size(); first += step) {
    const auto names = std::span(workloads.names).subspan(first);
    tables.push_back(make_table(group, workloads, names.first(std::min(step, names.size()))));
  }
  return tables;
}

/// How a report is laid out: the part that differs between a terminal and a page.
class Layout {
 public:
  explicit Layout(std::ostream& out) : out_(out) {}
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  virtual ~Layout() = default;

  virtual void begin() = 0;
  virtual void item(const std::string& text) = 0;
  virtual void heading(const Group& group) = 0;
  virtual void paragraph(std::string_view text) = 0;
  virtual void table(const Table& table) = 0;

 protected:
  std::ostream& out() { return out_; }

 private:
  std::ostream& out_;
};

class TextLayout : public Layout {
 public:
  using Layout::Layout;

  void begin() override {}
  void item(const std::string& text) override { out() << "  " << text << '\n'; }
  void heading(const Group& group) override {
    out() << "\n\n" << group.id << ": " << group.title << '\n';
  }
  void table(const Table& table) override {
    out() << '\n';
    print_as_text(table, out());
  }
  void paragraph(std::string_view text) override {
    constexpr std::size_t width = 98;
    while (text.size() > width) {
      const auto end = text.rfind(' ', width);
      out() << "  " << text.substr(0, end) << '\n';
      text.remove_prefix(end + 1);
    }
    out() << "  " << text << '\n';
  }
};

class MarkdownLayout : public Layout {
 public:
  using Layout::Layout;

  void begin() override { out() << "# Results of the benchmarks\n\n"; }
  void item(const std::string& text) override { out() << "- " << text << '\n'; }
  void heading(const Group& group) override {
    out() << "\n## " << group.id << ": " << group.title << "\n\n![" << group.id << "](" << group.id
          << ".svg)\n";
  }
  void paragraph(std::string_view text) override { out() << '\n' << text << '\n'; }
  void table(const Table& table) override {
    out() << '\n';
    print_as_markdown(table, out());
  }
};

void report(const Results& results, Layout& layout) {
  layout.begin();
  for (const auto& [name, text] : results.about) layout.item(name + ": " + text);
  const std::string left_out = left_out_everywhere(results);
  if (!left_out.empty()) layout.item(left_out);
  layout.paragraph(how_to_read);
  for (const Group& group : groups()) {
    const Workloads workloads = workloads_of(group, results);
    if (workloads.names.empty()) continue;
    layout.heading(group);
    layout.paragraph(group.figure);
    for (const Table& table : make_tables(group, workloads)) layout.table(table);
    const std::string here = left_out_here(results, workloads.all_rows);
    if (!here.empty()) layout.paragraph(here);
  }
}

}  // namespace

void report_as_text(const Results& results, std::ostream& out) {
  TextLayout layout(out);
  report(results, layout);
}

void report_as_markdown(const Results& results, std::ostream& out) {
  MarkdownLayout layout(out);
  report(results, layout);
}

}  // namespace bench
