#pragma once

#include <cstddef>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "conformance/any_stream.hpp"
#include "support/parked.hpp"

// What a kind of stream has to provide to be tried by the suite of this folder. An executable that
// links the suite defines stream_kinds().

namespace mtcp::test {

/// A connection of some kind: the stream that is tried, and a peer that is trusted. Buffers on the
/// way are small: `too_much` bytes never fit. The stream's operations may be called from other
/// threads than the one that made it.
class Conversation {
 public:
  static constexpr std::size_t too_much = std::size_t{4} << 20;

  virtual ~Conversation() = default;

  virtual AnyStream& stream() = 0;
  /// Bytes as the stream's user sees them. Not affected by a cancel of manager().
  virtual AnyStream& peer() = 0;

  /// The manager by which the stream's operations are cancelled: its own or an ancestor of that.
  virtual const TcpManager& manager() const = 0;
  /// How many operations of the stream are blocked.
  virtual unsigned blocked() const { return parked(manager()); }

  /// The peer vanishes: what it sent before arrives, but no end of the stream. Once; not after it
  /// was closed. peer() may not be used afterwards.
  virtual void reset_by_peer() = 0;
  /// The peer ends its half in order and takes no more bytes. Otherwise the same.
  virtual void close_by_peer() = 0;

  /// Whether somebody between the stream and the peer is still at work on what the stream has
  /// written; if not, only the peer can make room by reading.
  virtual bool under_way() const { return false; }

  /// Each returns when the stream could be told of it at once, if it asked; the stream is not
  /// touched. At least `count` bytes that it has not read:
  virtual void await_bytes(std::size_t count) = 0;
  /// The end of what the peer sent.
  virtual void await_end() = 0;
  /// After reset_by_peer(), that the connection is broken.
  virtual void await_reset() = 0;
};

/// Something that a kind does not have, and why that is as it should be.
struct Lack {
  Extra extra;
  std::string_view reason;
};

/// How one kind of stream is made.
struct StreamKind {
  std::string_view name;
  std::unique_ptr<Conversation> (*make)();
  std::vector<Lack> lacks = {};
  /// A kind that is the same class as another, made in another way, need not be tried again by what
  /// takes long.
  enum class Timing { Tried, AsAnother } timing = Timing::Tried;
  /// Why there is none on this system; empty if there is.
  std::string_view (*unavailable)() = [] { return std::string_view(); };
};

inline std::ostream& operator<<(std::ostream& out, const StreamKind& kind) {
  return out << kind.name;
}

/// All kinds that this executable tries.
std::vector<StreamKind> stream_kinds();

}  // namespace mtcp::test
