#pragma once

#include <cstdint>
#include <optional>

#include <mtcp/stream_ref.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_stream.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp {

/// How one direction of a relay() ended.
struct RelayDirection {
  /// How many bytes were handed on: all of them, where `error->transferred()`, a std::size_t, ends
  /// at the largest that this can say.
  std::uint64_t bytes = 0;
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
/// never ends. When it is over, and when the manager of one stream is cancelled, both directions
/// end with TimedOut or Cancelled. Nothing is closed: the streams stay the caller's; up to 256 KiB
/// each way may have been read and not handed on when a direction ends with an error.
///
/// The calling thread serves both directions, if one stream's manager is the other's or an ancestor
/// of it, as it mostly is. Bytes that come in bulk stay in the kernel where the system can do that
/// (Linux: splice(2)), which takes two descriptors a direction; if there are none, they are copied.
///
/// Errors: those of TcpStream's read, write and shutdown. May throw std::bad_alloc before it
/// begins. Threads: as a read and a write of both streams. Not for signal handlers.
[[nodiscard]] RelayReport relay(TcpStream& a, TcpStream& b, Timeout timeout = {});

/// The same for streams of any kind, also two of different kinds, and for managers that have
/// nothing to do with each other. A second thread serves one direction; if the managers are not
/// related, a third one hears when that of `b` is cancelled. Both streams are tied to a manager of
/// the relay's own meanwhile.
/// Errors: also those of TcpManager::child(), and Failed with the system's code if there can be no
/// thread; both directions have failed then. Threads: no operation of either stream may overlap.
[[nodiscard]] RelayReport relay(StreamRef a, StreamRef b, Timeout timeout = {});

}  // namespace mtcp
