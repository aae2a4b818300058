#pragma once

namespace bench {

/// Waits until all threads of the process but the caller sleep in the kernel, seen twice in a row;
/// fails the command when that does not come about.
void wait_until_all_asleep();

}  // namespace bench
