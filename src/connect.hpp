#pragma once

#include <vector>

#include <mtcp/socket_addr.hpp>

#include "attempts.hpp"
#include "operation.hpp"
#include "sys/socket.hpp"

namespace mtcp::detail {

/// A connection that has just been established.
struct Established {
  sys::Socket socket;
  SocketAddr peer;
};

/// Connects to `address`, as part of `operation`.
Outcome<Established> connect(Operation& operation, const SocketAddr& address);

/// Connects to whichever of `addresses` answers first, and closes the others. `addresses` are in
/// the order of preference and not empty; what failed is noted in `attempts`, which has room for
/// all. Source: RFC 8305, sections 4 and 5.
Outcome<Established> connect_to_first(Operation& operation, std::vector<SocketAddr> addresses,
                                      Attempts& attempts);

}  // namespace mtcp::detail
