#pragma once

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// A manager of the test's own; a failure to make one ends the test.
TcpManager make_manager();

/// A listener on a free port of 127.0.0.1.
TcpListener make_listener(const TcpManager& manager, TcpListenerOptions options = {});

/// Both ends of a connection over loopback, tied to the same manager.
struct Pair {
  TcpStream client;
  TcpStream server;
};
Pair make_pair(const TcpManager& manager);

/// Makes the peer of `stream` see a reset: closes it with a linger of zero.
void reset(TcpStream stream);

/// Writes until neither the kernel's buffers nor the peer's take any more; returns how much.
std::size_t fill(TcpStream& stream);

/// An address on which connects stay pending: a listener whose queue is full.
class BlackHole {
 public:
  explicit BlackHole(const TcpManager& manager);

  SocketAddr address() const;

 private:
  TcpListener listener_;
  TcpStream queued_;
};

}  // namespace mtcp::test
