#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

/// The calls of POSIX, with errors as exceptions and nothing else, for the systems that have no
/// library.
namespace bench::sockets {

template <class Number>
Number check(Number result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }

  int get() const noexcept { return value_; }

 private:
  int value_;
};

/// 127.0.0.1 as the calls take it.
class Address {
 public:
  explicit Address(std::uint16_t port) noexcept {
    in_.sin_family = AF_INET;
    in_.sin_port = htons(port);
    in_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&in_); }
  socklen_t* size() noexcept { return &size_; }
  std::uint16_t port() const noexcept { return ntohs(in_.sin_port); }

 private:
  sockaddr_in in_{};
  socklen_t size_ = sizeof in_;
};

template <class Value>
void set_option(const Descriptor& socket, int level, int option, const Value& value) {
  check(::setsockopt(socket.get(), level, option, &value, sizeof value), "setsockopt");
}

inline Descriptor make_socket() {
  Descriptor socket(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  return socket;
}

/// What it accepts has TCP_NODELAY as it has.
inline Descriptor listen() {
  Descriptor socket = make_socket();
  Address address(0);
  check(::bind(socket.get(), address.get(), *address.size()), "bind");
  check(::listen(socket.get(), SOMAXCONN), "listen");
  return socket;
}

inline std::uint16_t local_port(const Descriptor& socket) {
  Address address(0);
  check(::getsockname(socket.get(), address.get(), address.size()), "getsockname");
  return address.port();
}

inline Descriptor accept(const Descriptor& listener) {
  return Descriptor(check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

inline void connect(const Descriptor& socket, std::uint16_t port) {
  Address address(port);
  check(::connect(socket.get(), address.get(), *address.size()), "connect");
}

inline void set_nonblocking(const Descriptor& socket, bool nonblocking) {
  int value = nonblocking ? 1 : 0;
  check(::ioctl(socket.get(), FIONBIO, &value), "ioctl");
}

/// How a connect() that went on alone has ended.
inline void throw_pending_error(const Descriptor& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  check(::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size), "getsockopt");
  if (error != 0) throw std::system_error(error, std::system_category(), "connect");
}

inline std::size_t read_some(const Descriptor& socket, std::span<std::byte> buffer) {
  return static_cast<std::size_t>(
      check(::recv(socket.get(), buffer.data(), buffer.size(), 0), "recv"));
}

inline void read(const Descriptor& socket, std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const std::size_t size = read_some(socket, buffer);
    if (size == 0) throw std::runtime_error("recv: the stream ended early");
    buffer = buffer.subspan(size);
  }
}

inline void write(const Descriptor& socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto size = check(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), "send");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

}  // namespace bench::sockets
