#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "harness/workloads.hpp"

namespace bench {

/// One line of the driver's: a word, then `key=value` pairs. Throws std::invalid_argument for what
/// is missing or malformed.
class Command {
 public:
  explicit Command(const std::string& line);

  const std::string& word() const noexcept { return word_; }
  std::size_t number(std::string_view key) const;
  /// The value of `pin`.
  Pin pin() const;

 private:
  std::string_view value(std::string_view key) const;

  std::string word_;
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace bench
