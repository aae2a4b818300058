#pragma once

#include <stdexcept>

namespace bench {

/// Every result is checked: a system that does less than it was asked would look fast.
inline void expect(bool holds, const char* otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

}  // namespace bench
