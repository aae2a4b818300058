#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A line that a system answered with: perhaps a word, and `key=value` pairs.
class Answer {
 public:
  /// Throws Failure if the line says `unsupported` or `failed`.
  explicit Answer(std::string_view line);

  bool says(std::string_view word) const { return word_ == word; }
  /// These throw Failure if there is no such key, or no number.
  double number(const std::string& key) const;
  std::vector<double> numbers(const std::string& key) const;

 private:
  const std::string& value(const std::string& key) const;

  std::string word_;
  std::map<std::string, std::string> values_;
};

}  // namespace bench
