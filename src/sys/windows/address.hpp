#pragma once

#include <mtcp/socket_addr.hpp>

#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

/// A SocketAddr as the system's calls take it.
class NativeAddress {
 public:
  explicit NativeAddress(const SocketAddr& address) noexcept;

  const sockaddr* get() const noexcept { return &native_.any; }
  int size() const noexcept { return size_; }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } native_{};
  int size_;
};

/// Where the system's calls put an address.
class AddressBuffer {
 public:
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage_); }
  int* size() noexcept { return &size_; }
  int family() const noexcept { return storage_.ss_family; }
  SocketAddr address() const noexcept;

 private:
  sockaddr_storage storage_{};
  int size_ = sizeof storage_;
};

/// 0.0.0.0:0 for what is neither IPv4 nor IPv6.
SocketAddr from_native(const sockaddr& address) noexcept;

}  // namespace mtcp::sys
