#include "support/descriptors.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>

namespace mtcp::test {

std::set<int> open_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65536));
  std::set<int> open;
  for (int descriptor = 0; descriptor < end; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) >= 0) open.insert(descriptor);
  return open;
}

}  // namespace mtcp::test
