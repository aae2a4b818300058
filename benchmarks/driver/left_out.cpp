#include "left_out.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace bench {
namespace {

/// Each reason with everybody whom it concerns, in the order in which they were found.
using Reasons = std::vector<std::pair<std::string, std::vector<std::string>>>;

void add(Reasons& reasons, const std::string& reason, const std::string& who) {
  auto found = std::ranges::find(reasons, reason, &Reasons::value_type::first);
  if (found == reasons.end()) found = reasons.insert(found, {reason, {}});
  if (std::ranges::find(found->second, who) == found->second.end()) found->second.push_back(who);
}

std::string sentence(const Reasons& reasons) {
  std::string text;
  for (const auto& [reason, everybody] : reasons) {
    text += text.empty() ? "Left out: " : "; ";
    for (const std::string& who : everybody) text += (&who == &everybody[0] ? "" : ", ") + who;
    text += " (" + reason + ")";
  }
  return text.empty() ? text : text + '.';
}

bool is_everywhere(const Results& results, const Row& row) {
  return std::ranges::all_of(results.rows, [&](const Row& other) {
    return other.system != row.system || other.left_out == row.left_out;
  });
}

}  // namespace

std::string left_out_everywhere(const Results& results) {
  Reasons reasons;
  for (const Row& row : results.rows) {
    if (row.left_out.empty() || !is_everywhere(results, row)) continue;
    add(reasons, row.left_out, row.system);
  }
  return sentence(reasons);
}

std::string left_out_here(const Results& results, std::span<const Row* const> rows) {
  Reasons reasons;
  for (const Row* row : rows) {
    if (row->left_out.empty() || is_everywhere(results, *row)) continue;
    const bool is_everywhere_here = std::ranges::all_of(rows, [&](const Row* other) {
      return other->system != row->system || other->left_out == row->left_out;
    });
    add(reasons, row->left_out, row->system + (is_everywhere_here ? "" : " at " + row->workload));
  }
  return sentence(reasons);
}

}  // namespace bench
