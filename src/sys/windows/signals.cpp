#include "sys/signals.hpp"

#include <csignal>
#include <mutex>

#include "sys/windows/error.hpp"
#include "sys/windows/stay_loaded.hpp"

namespace mtcp::sys {

namespace {

BOOL WINAPI on_console_event(DWORD event) noexcept;

}  // namespace

/// All hooks of the process. Never destroyed, since an event may come at any time.
struct SignalHooks {
  std::mutex list;      // held while hooks are told, in the system's thread
  std::mutex handlers;  // held while the system is told; it may wait for a handler then
  SignalHook* first = nullptr;

  static SignalHooks& instance() {
    static SignalHooks& hooks = *new SignalHooks;
    return hooks;
  }

  /// Whether any hook did something new.
  bool tell(int number) noexcept {
    const std::lock_guard lock(list);
    bool anything = false;
    for (SignalHook* hook = first; hook; hook = hook->next_)
      if (hook->signals_.test(static_cast<std::size_t>(number)) && hook->on_signal())
        anything = true;
    return anything;
  }

  std::error_code add(SignalHook& hook, std::span<const int> numbers) {
    const std::lock_guard order(handlers);
    for (const int number : numbers) hook.signals_.set(static_cast<std::size_t>(number));
    bool is_first = false;
    {
      const std::lock_guard lock(list);
      is_first = first == nullptr;
      hook.next_ = first;
      first = &hook;
    }
    const auto error = is_first ? stand_in_front() : std::error_code();
    if (error) remove(hook);
    return error;
  }

  void remove(SignalHook& hook) noexcept {
    const std::lock_guard lock(list);
    SignalHook* before = nullptr;
    for (SignalHook* each = first; each != &hook; each = each->next_) before = each;
    if (before)
      before->next_ = hook.next_.load();
    else
      first = hook.next_;
  }

 private:
  /// Handlers are called from the newest to the oldest, until one says that it was meant. Ours
  /// stays when the last hook goes: without hooks it is as good as none, and to take it away would
  /// have to wait for a handler that waits for the end of the process.
  static std::error_code stand_in_front() noexcept {
    if (!stay_loaded()) return last_error();
    ::SetConsoleCtrlHandler(on_console_event, FALSE);
    return ::SetConsoleCtrlHandler(on_console_event, TRUE) ? std::error_code() : last_error();
  }
};

namespace {

bool is_about_to_end(DWORD event) noexcept {
  return event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT;
}

BOOL WINAPI on_console_event(DWORD event) noexcept {
  const bool ends = is_about_to_end(event);
  if (!SignalHooks::instance().tell(ends ? SIGTERM : SIGINT)) return FALSE;
  // The process is ended when this returns. It has some seconds to do so itself.
  if (ends) ::Sleep(INFINITE);
  return TRUE;
}

}  // namespace

SignalFailure hook_signals(SignalHook& hook, std::span<const int> signals) {
  for (const int number : signals)
    if (number != SIGINT && number != SIGTERM)
      return {number, std::make_error_code(std::errc::invalid_argument)};
  if (const auto error = SignalHooks::instance().add(hook, signals))
    return {signals.empty() ? 0 : signals.front(), error};
  return {};
}

void unhook_signals(SignalHook& hook) noexcept {
  SignalHooks::instance().remove(hook);
}

}  // namespace mtcp::sys
