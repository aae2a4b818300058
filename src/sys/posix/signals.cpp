#include "sys/signals.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <forward_list>
#include <mutex>
#include <new>
#include <signal.h>

#include "sys/fork.hpp"
#include "sys/posix/error.hpp"
#include "sys/posix/handler_depth.hpp"
#include "sys/waiter.hpp"

namespace mtcp::sys {

namespace {

extern "C" void mtcp_signal_handler(int number, siginfo_t* info, void* context);

bool is_ours(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) && action.sa_sigaction == mtcp_signal_handler;
}

bool is_default(const struct sigaction& action) noexcept {
  return !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

struct sigaction our_action() noexcept {
  struct sigaction action = {};
  action.sa_sigaction = mtcp_signal_handler;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return action;
}

}  // namespace

/// What was there before our handler. If somebody put their handler on top of ours, and we then
/// ours on top of theirs, `older` is what stood below ours the first time.
struct Disposition {
  struct sigaction action;
  const Disposition* older;
};

/// All hooks of the process. Handlers walk the list without a lock; whoever takes a hook out waits
/// until no handler walks. Never destroyed, since a signal may come at any time.
struct SignalHooks final : ForkAware {
  std::mutex mutex;  // held to change anything; never in a handler
  std::atomic<SignalHook*> first{nullptr};
  std::atomic<unsigned> walkers{0};
  std::array<unsigned, signal_limit> users{};
  std::array<bool, signal_limit> buried{};  // our handler may be called by one on top of it
  /// From before our handler; a handler may read one late, so they are never freed.
  std::array<std::atomic<const Disposition*>, signal_limit> previous{};

  static SignalHooks& instance() {
    static SignalHooks& hooks = *new SignalHooks;
    return hooks;
  }

  /// In the handler. Whether any hook did something new.
  bool tell(int number) noexcept {
    bool anything = false;
    walkers.fetch_add(1);
    for (SignalHook* hook = first.load(); hook; hook = hook->next_.load())
      if (hook->signals_.test(static_cast<std::size_t>(number)) && hook->on_signal())
        anything = true;
    walkers.fetch_sub(1);
    return anything;
  }

  std::error_code take(std::size_t number) noexcept {
    if (users[number] == 0) {
      struct sigaction old = {};
      if (::sigaction(static_cast<int>(number), nullptr, &old) < 0) return last_error();
      if (!is_ours(old)) {
        const Disposition* kept = keep({old, buried[number] ? previous[number].load() : nullptr});
        if (!kept) return std::make_error_code(std::errc::not_enough_memory);
        previous[number].store(kept);
        const struct sigaction ours = our_action();
        if (::sigaction(static_cast<int>(number), &ours, nullptr) < 0) return last_error();
      }
    }
    ++users[number];
    return {};
  }

  void give_back(std::size_t number) noexcept {
    if (--users[number] != 0) return;
    struct sigaction current = {};
    ::sigaction(static_cast<int>(number), nullptr, &current);
    if (!is_ours(current)) {  // somebody put theirs on top, which may call ours
      buried[number] = true;
      return;
    }
    const Disposition* below = previous[number].load();
    ::sigaction(static_cast<int>(number), &below->action, nullptr);
    if (below->older) previous[number].store(below->older);
  }

  SignalFailure add(SignalHook& hook, std::span<const int> numbers) noexcept {
    for (const int number : numbers) hook.signals_.set(static_cast<std::size_t>(number));
    hook.next_.store(first.load());
    first.store(&hook);
    for (std::size_t number = 0; number < hook.signals_.size(); ++number) {
      if (!hook.signals_.test(number)) continue;
      if (const auto error = take(number)) {
        remove(hook, number);
        return {static_cast<int>(number), error};
      }
    }
    return {};
  }

  /// Takes `hook` out, and gives back its signals below `end`.
  void remove(SignalHook& hook, std::size_t end) noexcept {
    for (std::size_t number = 0; number < end; ++number)
      if (hook.signals_.test(number)) give_back(number);
    std::atomic<SignalHook*>* link = &first;
    while (link->load() != &hook) link = &link->load()->next_;
    link->store(hook.next_.load());
    for (unsigned round = 0; walkers.load() != 0; ++round) pause(round);
  }

  void before_fork() noexcept override { mutex.lock(); }
  void after_fork_in_parent() noexcept override { mutex.unlock(); }
  void after_fork_in_child() noexcept override {
    walkers.store(0);
    handler_depth::forget_other_threads();
    mutex.unlock();
  }

 private:
  /// A copy that is there for good; equal ones share it. Null without memory.
  const Disposition* keep(const Disposition& disposition) noexcept try {
    for (const auto& each : dispositions_)
      if (std::memcmp(&each.action, &disposition.action, sizeof each.action) == 0 &&
          each.older == disposition.older)
        return &each;
    return &dispositions_.emplace_front(disposition);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }

  std::forward_list<Disposition> dispositions_;
  ForkRegistration registration_{*this};
};

namespace {

/// Lets the default disposition have the signal: ends the process, stops it, or nothing.
void run_default(int number, const struct sigaction& action) noexcept {
  sigset_t only{};
  sigset_t mask{};
  sigemptyset(&only);
  sigaddset(&only, number);
  ::sigaction(number, &action, nullptr);
  ::raise(number);
  ::pthread_sigmask(SIG_UNBLOCK, &only, &mask);  // here it acts
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  const struct sigaction ours = our_action();
  ::sigaction(number, &ours, nullptr);
}

/// Lets what was there before our handler have the signal; if our handler is further down this
/// thread's stack, what was there before that.
void pass_on(const Disposition* disposition, unsigned depth, int number, siginfo_t* info,
             void* context) noexcept {
  for (unsigned i = 1; i < depth && disposition; ++i) disposition = disposition->older;
  if (!disposition) return;
  const struct sigaction& action = disposition->action;
  if (action.sa_flags & SA_SIGINFO)
    action.sa_sigaction(number, info, context);
  else if (is_default(action))
    run_default(number, action);
  else if (action.sa_handler != SIG_IGN)
    action.sa_handler(number);
}

extern "C" void mtcp_signal_handler(int number, siginfo_t* info, void* context) {
  const int kept = errno;
  const auto index = static_cast<std::size_t>(number);
  const unsigned depth = handler_depth::enter(number);
  SignalHooks& hooks = SignalHooks::instance();
  if (!hooks.tell(number)) pass_on(hooks.previous[index].load(), depth, number, info, context);
  handler_depth::leave(number);
  errno = kept;
}

// Made before main(), as the list of forks is.
[[maybe_unused]] const SignalHooks& made_at_load = SignalHooks::instance();

bool can_be_caught(int number) noexcept {
  return number > 0 && number < signal_limit && number != SIGKILL && number != SIGSTOP;
}

}  // namespace

SignalFailure hook_signals(SignalHook& hook, std::span<const int> signals) {
  for (const int number : signals)
    if (!can_be_caught(number)) return {number, std::make_error_code(std::errc::invalid_argument)};
  SignalHooks& hooks = SignalHooks::instance();
  const std::lock_guard lock(hooks.mutex);
  return hooks.add(hook, signals);
}

void unhook_signals(SignalHook& hook) noexcept {
  SignalHooks& hooks = SignalHooks::instance();
  const std::lock_guard lock(hooks.mutex);
  hooks.remove(hook, signal_limit);
}

}  // namespace mtcp::sys
