#pragma once

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

namespace mtcp::test {

/// What the system says of an error, as a part of a test's name. Its symbol would be shorter, but
/// few C libraries tell it.
inline std::string error_name(int error) {
  std::string name = std::strerror(error);
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace mtcp::test
