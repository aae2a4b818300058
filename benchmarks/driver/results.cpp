#include "results.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::string_view nothing = "-";

/// The one place that knows the columns and their order.
template <class SomeRow, class Texts, class Figures>
void visit_columns(SomeRow& row, Texts&& text, Figures&& figure) {
  text("group", row.group);
  text("workload", row.workload);
  text("system", row.system);
  figure("rounds", row.rounds);
  figure("ratio_median", row.ratio.median);
  figure("ratio_lower_quartile", row.ratio.lower_quartile);
  figure("ratio_upper_quartile", row.ratio.upper_quartile);
  figure("ratio_least", row.ratio.least);
  figure("ratio_most", row.ratio.most);
  figure("cpu_ratio", row.cpu_ratio);
  figure("figure_median", row.figure.median);
  figure("figure_lower_quartile", row.figure.lower_quartile);
  figure("figure_upper_quartile", row.figure.upper_quartile);
  figure("figure_least", row.figure.least);
  figure("figure_most", row.figure.most);
  figure("figure_p90", row.figure_p90);
  figure("cpu_us", row.cpu_us);
  figure("memory_kib", row.memory_kib);
  figure("early", row.early);
  text("left_out", row.left_out);
}

std::string without_tabs(std::string text) {
  std::ranges::replace(text, '\t', ' ');
  return text;
}

std::string format(double figure) {
  if (!std::isfinite(figure)) return std::string(nothing);
  std::ostringstream out;
  out.precision(6);
  out << figure;
  return out.str();
}

Row parse_row(const std::string& line) {
  std::istringstream cells(line);
  std::string cell;
  const auto next = [&] {
    if (!std::getline(cells, cell, '\t')) throw std::runtime_error("too few columns: " + line);
    return cell == nothing ? std::string() : cell;
  };
  Row row;
  visit_columns(
      row, [&](std::string_view, std::string& text) { text = next(); },
      [&](std::string_view, double& figure) {
        const std::string text = next();
        figure = text.empty() ? std::nan("") : std::stod(text);
      });
  return row;
}

}  // namespace

ResultsFile::ResultsFile(const std::filesystem::path& path) : out_(path) {
  if (!out_) throw std::runtime_error("cannot write " + path.string());
}

void ResultsFile::write_about(std::string_view name, std::string_view text) {
  out_ << "# " << name << ": " << text << std::endl;
}

void ResultsFile::write_header() {
  std::string line;
  const auto add = [&](std::string_view name, auto&) { (line += name) += '\t'; };
  const Row row;
  visit_columns(row, add, add);
  line.back() = '\n';
  out_ << line << std::flush;
}

void ResultsFile::write(const Row& row) {
  std::string line;
  const auto add = [&](const std::string& cell) { (line += cell) += '\t'; };
  visit_columns(
      row,
      [&](std::string_view, const std::string& text) {
        add(text.empty() ? std::string(nothing) : without_tabs(text));
      },
      [&](std::string_view, double figure) { add(format(figure)); });
  line.back() = '\n';
  out_ << line << std::flush;
}

Results read_results(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  Results results;
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("# ") && colon != std::string::npos) {
      results.about.emplace_back(line.substr(2, colon - 2), line.substr(colon + 2));
    } else if (!line.starts_with("group\t")) {
      results.rows.push_back(parse_row(line));
    }
  }
  return results;
}

}  // namespace bench
