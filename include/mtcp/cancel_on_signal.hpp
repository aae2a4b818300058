#pragma once

#include <csignal>
#include <initializer_list>
#include <memory>
#include <span>

#include <mtcp/tcp_canceller.hpp>
#include <mtcp/tcp_error.hpp>

namespace mtcp {

/// While it lives, signals cancel: Ctrl+C ends accept() and every session.
///
/// Several may live at once, for the same or for other signals, and go in any order; the previous
/// dispositions come back when the last one for a signal goes. A signal that newly cancels
/// nothing, as a second Ctrl+C, gets the previous disposition: by default it ends the program.
/// Interrupted system calls of other code are restarted (SA_RESTART).
///
/// ```cpp
/// auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
/// ```
///
/// Move-only. Threads: install() and destruction may happen in any threads at once; neither is
/// for signal handlers. Keep it in main(), and alive until all threads are joined.
///
/// On Windows, Ctrl+C and Ctrl+Break are SIGINT; closing the console, logging off and shutting down
/// are SIGTERM, after which the process has some seconds to end. There are no other signals.
///
/// Source: sigaction(2), signal-safety(7).
class [[nodiscard]] CancelOnSignal {
 public:
  /// Lets each of `signals` use `canceller`. Naming a signal twice is naming it once; naming none
  /// catches nothing.
  /// Errors: Failed with invalid_argument for a number that is no signal or cannot be caught
  /// (SIGKILL, SIGSTOP), or with the system's code; then none of them is installed.
  [[nodiscard]] static Result<CancelOnSignal> install(TcpCanceller canceller,
                                                      std::initializer_list<int> signals = {
                                                          SIGINT, SIGTERM});

  /// The same for any contiguous sequence of signal numbers.
  [[nodiscard]] static Result<CancelOnSignal> install(TcpCanceller canceller,
                                                      std::span<const int> signals);

  /// Each signal uses the first of `cancellers` that it newly cancels by: the first Ctrl+C the
  /// first, the second the second, as for a server that drains and then aborts. Errors as
  /// install().
  [[nodiscard]] static Result<CancelOnSignal> install_in_turn(
      std::initializer_list<TcpCanceller> cancellers,
      std::initializer_list<int> signals = {SIGINT, SIGTERM});

  /// The same for any contiguous sequences.
  [[nodiscard]] static Result<CancelOnSignal> install_in_turn(
      std::span<const TcpCanceller> cancellers, std::span<const int> signals);

  /// Takes over; the moved-from object does nothing any more. Never fails.
  CancelOnSignal(CancelOnSignal&& other) noexcept;
  /// Ends what it did and takes over. Never fails.
  CancelOnSignal& operator=(CancelOnSignal&& other) noexcept;
  /// Ends it. When it returns, no handler uses its canceller any more. Never fails.
  ~CancelOnSignal();

 private:
  class Hook;

  explicit CancelOnSignal(std::unique_ptr<Hook> hook) noexcept;

  std::unique_ptr<Hook> hook_;
};

}  // namespace mtcp
