#pragma once

namespace mtcp {

/// Which half of a connection to end; see shutdown(2).
enum class Shutdown {
  /// Reads report the end of the stream from now on.
  Read,
  /// The peer will read the end of the stream after all that was written; writes fail from now on.
  Write,
  /// Both halves.
  Both
};

}  // namespace mtcp
