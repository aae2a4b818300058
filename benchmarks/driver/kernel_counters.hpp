#pragma once

#include <map>
#include <string>

namespace bench {

/// What the kernel counts when it cannot keep up with connections: a figure that was measured
/// meanwhile says more about these than about the systems.
class KernelCounters {
 public:
  KernelCounters();

  /// Which have grown since this object was made, and by how many; empty if none.
  std::string growth() const;

 private:
  std::map<std::string, long> before_;
};

}  // namespace bench
