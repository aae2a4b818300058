#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include <mtcp/mtcp.hpp>

namespace cost {

inline constexpr std::chrono::seconds patience{5};

/// Long enough that a thread is not kept from its processor until it is over.

/// What one operation moves: the sixteen bytes of a line.
using Message = std::array<char, 16>;
inline constexpr Message message = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
                                    'i', 'j', 'k', 'l', 'm', 'n', 'o', '\n'};

/// Does not spin: how often that tries again is a matter of time.
mtcp::TcpManager make_manager();

/// Both ends of a connection over loopback.
struct Connection {
  mtcp::TcpManager manager = make_manager();
  mtcp::TcpListener listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  mtcp::TcpStream stream =
      mtcp::or_raise(mtcp::TcpStream::connect(manager, or_raise(listener.local_addr()), patience));
  mtcp::TcpStream peer =
      mtcp::or_raise(mtcp::TcpStream::from(manager, or_raise(listener.accept(patience))));

  /// Lets the peer send all messages that may be read, and waits until they have come.
  void queue_messages();
  /// The stream's descriptor, made blocking.
  int blocking() const;
};

/// Connects as many times as connections may be accepted from `listener`.
void queue_connections(const mtcp::TcpListener& listener);

}  // namespace cost
