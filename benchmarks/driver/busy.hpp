#pragma once

#include <memory>
#include <span>
#include <vector>

#include "process.hpp"

namespace bench {

/// One process on each processor that never stops computing, as long as this object lives.
class BusyProcessors {
 public:
  explicit BusyProcessors(std::span<const int> processors);

 private:
  std::vector<std::unique_ptr<Process>> processes_;
};

}  // namespace bench
