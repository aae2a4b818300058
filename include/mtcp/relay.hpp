#pragma once

#include <cstddef>
#include <optional>

#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_stream.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp {

/// How one direction of a relay() ended.
struct RelayDirection {
  /// How many bytes were handed on.
  std::size_t bytes = 0;
  /// Why it ended; nothing if by the end of the stream, which was handed on too.
  std::optional<TcpError> error;
};

/// How a relay() ended, each way.
struct RelayReport {
  /// What `a` sent to `b`.
  RelayDirection a_to_b;
  /// What `b` sent to `a`.
  RelayDirection b_to_a;
};

/// Hands on what comes from `a` to `b` and the reverse, both at once, until both directions have
/// ended. The end of one stream ends the other's input (half-close) while the opposite direction
/// goes on; so it does when a write fails. A stream that can no longer be read, as after a reset,
/// ends both: nothing could be written to it either.
///
/// `timeout` bounds the pair: with idle(d), a byte in either direction starts it anew; left out, it
/// never ends. When it is over, and when a manager is cancelled, both directions end with TimedOut
/// or Cancelled. Nothing is closed: the streams stay the caller's; up to 64 KiB each way may have
/// been read and not handed on when a direction ends with an error.
///
/// The manager of one stream must be that of the other or an ancestor of it, since one thread waits
/// for both: else both directions fail with invalid_argument, at once. Errors otherwise: those of
/// TcpStream's read, write and shutdown. May throw std::bad_alloc before it begins.
/// Threads: as a read and a write of both streams. Not for signal handlers.
[[nodiscard]] RelayReport relay(TcpStream& a, TcpStream& b, Timeout timeout = {});

}  // namespace mtcp
