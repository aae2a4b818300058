#pragma once

#include <chrono>
#include <cstdint>

#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {

/// A listener on a free port of 127.0.0.1 that nobody answers at, unless the test does.
class SilentServer {
 public:
  SilentServer() : listener_(make_listener(manager_)) {}

  std::uint16_t port() const { return or_raise(listener_.local_addr()).port(); }

  /// Until somebody has connected.
  TcpStream accept() {
    return or_raise(
        TcpStream::from(manager_, or_raise(listener_.accept(std::chrono::seconds(60)))));
  }

 private:
  TcpManager manager_ = make_manager();
  TcpListener listener_;
};

}  // namespace mtcp::test
