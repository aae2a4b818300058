#pragma once

#include <map>
#include <string>

namespace bench {

/// What the kernel counts when it cannot keep up with connections, of all programs on the machine:
/// a connection that waits a second for its second attempt says nothing about a system. Ports that
/// run out need no counter; then a connect fails.
class KernelCounters {
 public:
  KernelCounters();

  /// Which have grown since this object was made, and by how many; empty if none.
  std::string growth() const;

 private:
  std::map<std::string, long> before_;
};

}  // namespace bench
