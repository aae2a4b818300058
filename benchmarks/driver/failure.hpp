#pragma once

#include <stdexcept>

namespace bench {

/// Why a system cannot take part in a workload; what() is the reason that the report gives.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace bench
