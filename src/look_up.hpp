#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include <mtcp/socket_addr.hpp>

#include "operation.hpp"

namespace mtcp::detail {

/// Why a host has no addresses, with a reason where the code does not say it.
struct LookUpStop {
  Stop stop;
  const char* reason;

  TcpError error(OperationName operation, const Subject& subject) const noexcept {
    if (!reason) return stop.error(operation, subject);
    return Internals::failure(stop.code, operation, subject, reason);
  }
};

/// The addresses of `host`, as part of `operation`: within its deadline, ended by its cancel.
std::expected<std::vector<SocketAddr>, LookUpStop> look_up(Operation& operation,
                                                           std::string_view host,
                                                           std::uint16_t port);

}  // namespace mtcp::detail
