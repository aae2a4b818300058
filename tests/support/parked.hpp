#pragma once

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// How many threads are parked on `manager` or its children.
unsigned parked(const TcpManager& manager);

/// Returns when at least `count` threads are parked there: blocked is observed, not slept for.
/// Fails the test after a minute.
void wait_until_parked(const TcpManager& manager, unsigned count = 1);

}  // namespace mtcp::test
