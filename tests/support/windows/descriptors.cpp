#include "support/descriptors.hpp"

#include <winsock2.h>

namespace mtcp::test {

/// Sockets alone: whatever runs in the process opens and keeps handles of other kinds as it likes.
std::set<int> open_descriptors() {
  constexpr int last = 1 << 16;
  std::set<int> open;
  for (int handle = 4; handle < last; handle += 4) {
    int type = 0;
    int size = sizeof type;
    if (::getsockopt(static_cast<SOCKET>(handle), SOL_SOCKET, SO_TYPE,
                     reinterpret_cast<char*>(&type), &size) == 0)
      open.insert(handle);
  }
  return open;
}

}  // namespace mtcp::test
