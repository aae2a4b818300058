#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <mtcp/socket_addr.hpp>

#include "sys/socket.hpp"

/// The system's resolver: everything that its configuration names, be it a file or a server.
namespace mtcp::sys {

/// The stream addresses of `host`, with port 0, in the order in which the system would have them
/// tried (RFC 6724). Blocks as long as the system's resolver does, and cannot be interrupted.
Expected<std::vector<SocketAddr>> look_up(const std::string& host);

/// Runs `body` in a thread of its own that nobody joins, with all signals blocked.
std::error_code run_detached(void (*body)()) noexcept;

}  // namespace mtcp::sys
