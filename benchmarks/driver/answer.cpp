#include "answer.hpp"

#include <charconv>
#include <sstream>

#include "failure.hpp"

namespace bench {
namespace {

double parse(std::string_view text, const std::string& key) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Failure("answered " + key + "=" + std::string(text) + ", which is no number");
  }
  return number;
}

}  // namespace

Answer::Answer(std::string_view line) {
  std::istringstream words{std::string(line)};
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals != std::string::npos) {
      values_[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (word_.empty()) {
      word_ = word;
    }
  }
  if (word_ == "unsupported" || word_ == "failed") throw Failure(std::string(line));
}

const std::string& Answer::value(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw Failure("answered without " + key + "=");
  return found->second;
}

double Answer::number(const std::string& key) const {
  return parse(value(key), key);
}

std::vector<double> Answer::numbers(const std::string& key) const {
  std::vector<double> numbers;
  std::istringstream items(value(key));
  for (std::string item; std::getline(items, item, ',');) numbers.push_back(parse(item, key));
  return numbers;
}

}  // namespace bench
