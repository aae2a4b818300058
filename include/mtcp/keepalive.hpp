#pragma once

#include <chrono>

namespace mtcp {

/// When the kernel asks a silent peer whether it is still there; see tcp(7).
struct Keepalive {
  /// Silence before the first question, 1 to 32,767 s (TCP_KEEPIDLE).
  std::chrono::seconds idle = std::chrono::hours(2);
  /// Time between questions, 1 to 32,767 s (TCP_KEEPINTVL).
  std::chrono::seconds interval = std::chrono::seconds(75);
  /// Unanswered questions until the connection counts as lost: 1 to 127 (TCP_KEEPCNT).
  unsigned count = 9;

  /// Equal in all members.
  friend constexpr bool operator==(const Keepalive&, const Keepalive&) noexcept = default;
};

}  // namespace mtcp
