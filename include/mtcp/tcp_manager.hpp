#pragma once

#include <chrono>
#include <memory>

#include <mtcp/deadline.hpp>
#include <mtcp/native_handle.hpp>
#include <mtcp/tcp_canceller.hpp>
#include <mtcp/tcp_error.hpp>

namespace mtcp {

/// What TcpManager::wait_readable_or_writable() has found.
struct Readiness {
  /// It can be read without blocking, has ended or failed.
  bool readable = false;
  /// It can be written without blocking, or has failed.
  bool writable = false;
};

/// How a TcpManager works; every member has a good default.
struct TcpManagerOptions {
  /// The longest that an operation may try again before it sleeps; 0 turns that off. Not negative.
  /// A quarter of it while that pays on a stream or listener; all of it, ever more rarely, to find
  /// out whether it would; just before a deadline a quarter, or an eighth of the wait if that is
  /// less. At most half of the processors at once; who finds these taken waits up to 4 us for one.
  /// Some four times what a sleep and wake-up costs is enough.
  std::chrono::nanoseconds spin = std::chrono::microseconds(200);
};

/// What listeners and streams share: who can cancel them, and how they wait.
///
/// A cheap handle; copies are the same manager, and so is a moved-from one. What it refers to lives
/// as long as any handle, canceller, child, listener or stream does. Give a program one, a session
/// that is to be cancelled alone a child() of it.
///
/// ```cpp
/// auto manager = mtcp::or_raise(mtcp::TcpManager::create());
/// auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
/// auto stream = mtcp::TcpStream::connect(manager, "127.0.0.1:8080", 5s);
/// ```
///
/// Threads: all members may be called from any threads at once. Signal handlers: only
/// cancelled() is safe there; to cancel from one, take a canceller() beforehand.
///
/// After fork(2), parent and child each have a manager of their own.
class TcpManager {
 public:
  /// The options, under the class's own name.
  using Options = TcpManagerOptions;

  /// The same manager under a second handle. Never fails.
  TcpManager(const TcpManager&) noexcept = default;
  /// Refers to the other's manager from now on. Never fails.
  TcpManager& operator=(const TcpManager&) noexcept = default;
  ~TcpManager() = default;

  /// A new manager without ancestors. Reserves what cancelling needs: one descriptor now, two
  /// where it has to be a pipe; and up to that for each processor when many threads wait at once.
  /// Errors: Failed with the system's code, as too_many_files_open or not_enough_memory; with
  /// invalid_argument for a negative spin. Never waits.
  [[nodiscard]] static Result<TcpManager> create(Options options = {});

  /// This thread's own default manager, created at the first call; it lives as long as the thread,
  /// or as long as something refers to it. Errors as create(); a later call tries again.
  [[nodiscard]] static Result<TcpManager> instance();

  /// A new manager that is cancelled by its own cancellers and by all of its ancestors'. Costs one
  /// descriptor while one thread at a time waits on it. Has its parent's options.
  /// Errors: as create(); with too_many_links when that would be more than 64 from
  /// the first ancestor on. Never waits, and is not
  /// affected by a cancelled state.
  [[nodiscard]] Result<TcpManager> child() const;

  /// A handle that can cancel this manager from elsewhere. Never fails: what it needs was reserved.
  TcpCanceller canceller() const noexcept;

  /// Whether this manager or one of its ancestors is cancelled. Never fails; async-signal-safe.
  bool cancelled() const noexcept;

  /// Clears this manager's own cancelled state; its listeners and streams go on where they were.
  /// Every operation that was pending when cancel() was called ends all the same: restart() waits
  /// briefly for those that are still waking. A cancel() that comes meanwhile is not lost: it
  /// holds afterwards. Does not touch ancestors.
  /// Returns true if the state was set. Never fails; not for signal handlers.
  bool restart() const noexcept;

  /// Waits until `handle`, a descriptor that some other library made, can be read without
  /// blocking, has ended or failed. Any descriptor that poll(2) takes will do; it stays its
  /// owner's, and nothing is read from it.
  /// Errors: Cancelled; TimedOut; Failed with bad_file_descriptor if it is not open, or with the
  /// system's code.
  [[nodiscard]] Result<void> wait_readable(NativeHandle handle, Deadline deadline = {}) const;

  /// As wait_readable(), until it can be written without blocking, or has failed.
  [[nodiscard]] Result<void> wait_writable(NativeHandle handle, Deadline deadline = {}) const;

  /// Until one of the two: for libraries that may have to read before they can write, as libpq,
  /// OpenSSL and curl. Returns which; both, if so. Errors as wait_readable().
  [[nodiscard]] Result<Readiness> wait_readable_or_writable(NativeHandle handle,
                                                            Deadline deadline = {}) const;

  /// A pause that a cancel ends: a value when `deadline` has come, never earlier; with
  /// Deadline::never() it lasts until cancelled.
  /// Errors: Cancelled; Failed with the system's code. Source: CLOCK_MONOTONIC.
  [[nodiscard]] Result<void> sleep(Deadline deadline) const;

 private:
  friend struct detail::Internals;

  explicit TcpManager(std::shared_ptr<detail::ManagerState> state) noexcept;

  std::shared_ptr<detail::ManagerState> state_;
};

}  // namespace mtcp
