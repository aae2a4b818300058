#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <mtcp/deadline.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>

namespace mtcp {

/// The addresses of `host`, each with `port`, in the order in which they should be tried (RFC
/// 6724); at least one, none twice. The system's resolver is asked, with all that its configuration
/// names, in a thread of its own: when the deadline or a cancel comes, that thread is left to
/// itself and ends when the resolver gives up; it does not keep the process from ending. At most 16
/// look-ups run at once; further ones wait within their deadlines. A host that is an address
/// already ("127.0.0.1", "::1", "fe80::1%eth0"; no brackets) needs neither thread nor waiting.
///
/// Errors: Cancelled; TimedOut; Failed with the resolver's code (message() says what it means, as
/// "Name or service not known"), with the system's code if there can be no thread or descriptor,
/// with invalid_argument for an empty host or one with a NUL, with no_such_device for an unknown
/// zone.
/// Threads: any at once. Not for signal handlers. Source: getaddrinfo(3).
[[nodiscard]] Result<std::vector<SocketAddr>> resolve(const TcpManager& manager,
                                                      std::string_view host, std::uint16_t port,
                                                      Deadline deadline = {});

}  // namespace mtcp
