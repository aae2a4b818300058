#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What results depend on: a name and a text each.
std::vector<std::pair<std::string, std::string>> describe_machine();

}  // namespace bench
