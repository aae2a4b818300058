#pragma once

#include "options.hpp"

namespace proxy {

/// Listens and forwards until signals have stopped it and the last connection has ended. Says on
/// stderr what happens. Throws std::system_error if it cannot listen, or cannot go on.
void run(const Options& options);

}  // namespace proxy
