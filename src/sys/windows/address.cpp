#include "sys/windows/address.hpp"

#include <array>
#include <cstring>

namespace mtcp::sys {

NativeAddress::NativeAddress(const SocketAddr& address) noexcept {
  const auto& octets = address.octets();
  if (address.is_v4()) {
    native_.v4 = {};
    native_.v4.sin_family = AF_INET;
    native_.v4.sin_port = ::htons(address.port());
    std::memcpy(&native_.v4.sin_addr, octets.data(), sizeof native_.v4.sin_addr);
    size_ = sizeof native_.v4;
  } else {
    native_.v6 = {};
    native_.v6.sin6_family = AF_INET6;
    native_.v6.sin6_port = ::htons(address.port());
    native_.v6.sin6_scope_id = address.zone();
    std::memcpy(&native_.v6.sin6_addr, octets.data(), sizeof native_.v6.sin6_addr);
    size_ = sizeof native_.v6;
  }
}

SocketAddr AddressBuffer::address() const noexcept {
  return from_native(*reinterpret_cast<const sockaddr*>(&storage_));
}

SocketAddr from_native(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> octets;
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return SocketAddr::v4(octets, ::ntohs(v4.sin_port));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> octets;
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return SocketAddr::v6(octets, ::ntohs(v6.sin6_port), v6.sin6_scope_id);
  }
  return SocketAddr();
}

}  // namespace mtcp::sys
