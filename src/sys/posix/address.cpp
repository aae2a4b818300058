#include "sys/posix/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <net/if.h>
#include <netinet/in.h>

#include "sys/interface.hpp"
#include "sys/posix/descriptors.hpp"
#include "sys/posix/error.hpp"
#include "sys/socket.hpp"

namespace mtcp::sys {

NativeAddress::NativeAddress(const SocketAddr& address) noexcept {
  const auto& octets = address.octets();
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port());
    std::memcpy(&v4.sin_addr, octets.data(), sizeof v4.sin_addr);
    std::memcpy(&storage_, &v4, size_ = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port());
    v6.sin6_scope_id = address.zone();
    std::memcpy(&v6.sin6_addr, octets.data(), sizeof v6.sin6_addr);
    std::memcpy(&storage_, &v6, size_ = sizeof v6);
  }
}

SocketAddr from_native(const sockaddr_storage& storage) noexcept {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &storage, sizeof v4);
    std::array<std::uint8_t, 4> octets;
    std::memcpy(octets.data(), &v4.sin_addr, octets.size());
    return SocketAddr::v4(octets, ntohs(v4.sin_port));
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &storage, sizeof v6);
    std::array<std::uint8_t, 16> octets;
    std::memcpy(octets.data(), &v6.sin6_addr, octets.size());
    return SocketAddr::v6(octets, ntohs(v6.sin6_port), v6.sin6_scope_id);
  }
  return SocketAddr();
}

std::expected<std::uint32_t, std::error_code> interface_number(std::string_view name) noexcept {
  const auto none = std::make_error_code(std::errc::no_such_device);
  std::array<char, IF_NAMESIZE> text{};
  // The system would stop reading at either.
  const bool cut_short = name.find('\0') != name.npos || name.find(':') != name.npos;
  if (name.size() >= text.size() || cut_short) return std::unexpected(none);
  std::ranges::copy(name, text.begin());
  const std::uint32_t number = if_nametoindex(text.data());
  if (number != 0) return number;
  // if_nametoindex() makes a socket to ask with, and hides why it could not.
  const Socket probe(open_socket(AF_INET, SOCK_DGRAM, 0));
  return std::unexpected(probe.handle().valid() ? none : last_error());
}

std::string_view interface_name(std::uint32_t number, std::span<char> buffer) noexcept {
  std::array<char, IF_NAMESIZE> text{};
  if (!if_indextoname(number, text.data())) return {};
  const std::string_view name = text.data();
  if (name.size() > buffer.size()) return {};
  std::ranges::copy(name, buffer.begin());
  return {buffer.data(), name.size()};
}

}  // namespace mtcp::sys
