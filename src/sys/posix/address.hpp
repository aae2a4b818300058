#pragma once

#include <sys/socket.h>

#include <mtcp/socket_addr.hpp>

namespace mtcp::sys {

/// A SocketAddr as the system's calls take it.
class NativeAddress {
 public:
  explicit NativeAddress(const SocketAddr& address) noexcept;

  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept { return size_; }
  int family() const noexcept { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// The other way; 0.0.0.0:0 for what is neither IPv4 nor IPv6.
SocketAddr from_native(const sockaddr_storage& storage) noexcept;

}  // namespace mtcp::sys
