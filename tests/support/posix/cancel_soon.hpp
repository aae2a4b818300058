#pragma once

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// Uses `canceller` in a few milliseconds, in a handler of SIGALRM, which stays. For child
/// processes; `canceller` outlives it.
void cancel_soon(const TcpCanceller& canceller);

}  // namespace mtcp::test
