#pragma once

#include <memory>

namespace mtcp {

namespace detail {
class ManagerState;
struct Internals;
}  // namespace detail

/// Aborts every pending operation of one TcpManager, from anywhere.
///
/// A cheap handle; copies act on the same manager. It keeps what it needs alive, so it may be used
/// when the manager and everything else is gone. Get one from TcpManager::canceller().
///
/// Threads: all members may be called from any threads at once. Signal handlers: cancel() and
/// cancelled() are async-signal-safe; copying and destroying are not.
class TcpCanceller {
 public:
  /// A second handle on the same manager. Never fails. (There is no move: a handle always refers.)
  TcpCanceller(const TcpCanceller&) noexcept = default;
  /// Refers to the other's manager from now on. Never fails.
  TcpCanceller& operator=(const TcpCanceller&) noexcept = default;
  ~TcpCanceller() = default;

  /// Aborts, at once, every pending operation of every listener, stream, wait and sleep of that
  /// manager and of its children, in every thread; they fail with Cancelled, as does every
  /// operation started afterwards, until TcpManager::restart(). Nothing is closed. An operation
  /// that was just completing may still succeed.
  /// Returns true if this call set the state, false if it was set already. Never fails, never
  /// blocks, keeps errno; async-signal-safe.
  /// Source: the descriptor it wakes through is written by write(2), see signal-safety(7).
  bool cancel() const noexcept;

  /// Whether that manager's own state is set (an ancestor's does not count). Never fails;
  /// async-signal-safe.
  bool cancelled() const noexcept;

 private:
  friend struct detail::Internals;

  explicit TcpCanceller(std::shared_ptr<detail::ManagerState> state) noexcept;

  std::shared_ptr<detail::ManagerState> state_;
};

}  // namespace mtcp
