#pragma once

#include <algorithm>

#include <mtcp/socket_addr.hpp>

#include "sys/socket.hpp"

namespace mtcp::sys {

/// Whether `address` is an IPv4 address written as IPv6 (RFC 4291, section 2.5.5.2): packets to it
/// go out as IPv4.
inline bool is_v4_mapped(const SocketAddr& address) noexcept {
  const auto& octets = address.octets();
  return address.is_v6() &&
         std::all_of(octets.begin(), octets.begin() + 10, [](auto octet) { return octet == 0; }) &&
         octets[10] == 0xff && octets[11] == 0xff;
}

/// Whether a socket's packets go out as IPv6.
inline Expected<bool> sends_v6(NativeHandle handle) {
  const auto local = local_addr(handle);
  if (!local) return std::unexpected(local.error());
  if (local->is_v4()) return false;
  const auto peer = peer_addr(handle);
  return !peer || !is_v4_mapped(*peer);
}

}  // namespace mtcp::sys
