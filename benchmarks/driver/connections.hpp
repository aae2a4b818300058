#pragma once

#include <cstdint>
#include <vector>

#include "unique_fd.hpp"

namespace bench {

using Connections = std::vector<UniqueFd>;

/// Connects `count` times to a port of 127.0.0.1, with TCP_NODELAY. Throws Failure.
Connections connect_many(int count, std::uint16_t port);

/// Closes all with a reset, so that no port is left in TIME_WAIT.
void reset_all(Connections& connections);

}  // namespace bench
