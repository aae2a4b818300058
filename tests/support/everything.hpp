#pragma once

#include <chrono>

#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {

/// One of everything that costs a descriptor.
struct Everything {
  TcpManager manager = make_manager();
  TcpManager child = or_raise(manager.child());
  TcpListener listener = make_listener(manager);
  Pair pair = make_pair(child);
  TcpStream clone = or_raise(pair.client.try_clone());
  TcpStream client = or_raise(
      TcpStream::connect(manager, or_raise(listener.local_addr()), std::chrono::seconds(60)));
  TcpConnection connection = or_raise(listener.accept(std::chrono::seconds(60)));
};

}  // namespace mtcp::test
