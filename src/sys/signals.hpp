#pragma once

#include <atomic>
#include <bitset>
#include <span>
#include <system_error>

/// Signals (POSIX) and console events that stand for them (Windows).
namespace mtcp::sys {

/// One more than the largest signal number of any system: FreeBSD's, and that of Linux on MIPS.
inline constexpr int signal_limit = 129;

/// Somebody who wants to know of signals.
class SignalHook {
 public:
  SignalHook() = default;
  SignalHook(const SignalHook&) = delete;
  SignalHook& operator=(const SignalHook&) = delete;

  /// Called in the signal handler. Whether it did anything new; if none of a signal's hooks did,
  /// the disposition from before them gets the signal. Async-signal-safe.
  virtual bool on_signal() noexcept = 0;

 protected:
  virtual ~SignalHook() = default;

 private:
  friend struct SignalHooks;

  std::bitset<signal_limit> signals_;
  std::atomic<SignalHook*> next_{nullptr};
};

/// Why `hook_signals` failed: the culprit, and what was wrong with it.
struct SignalFailure {
  int signal = 0;
  std::error_code error;
};

/// From now on `hook` is told of `signals`. All of them or, if that fails, none.
SignalFailure hook_signals(SignalHook& hook, std::span<const int> signals);

/// Undoes it: no handler uses `hook` when this returns, and signals without hooks have their
/// previous disposition back.
void unhook_signals(SignalHook& hook) noexcept;

}  // namespace mtcp::sys
