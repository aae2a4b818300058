#pragma once

#include <atomic>
#include <functional>
#include <sys/syscall.h>

namespace cost {

/// The call that poll(2) makes.
#ifdef SYS_poll
inline constexpr long poll_number = SYS_poll;
#else
inline constexpr long poll_number = SYS_ppoll;
#endif

/// A thread that acts once for each operation of the thread that made it, when it sees that one
/// asleep in a system call. So the operation is sure to have waited, once, and is woken. That the
/// system call is the right one makes it sure also where a tool keeps all threads but one waiting.
///
/// It never ends, but with the program.
class Helper {
 public:
  using Act = std::function<void(unsigned operation)>;

  /// `system_call` is its number, as SYS_recvfrom.
  Helper(long system_call, Act act);
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  /// Called after each operation: without it, the sleep in which the last one was woken could be
  /// taken for the next.
  void operation_is_done() noexcept { done_.fetch_add(1); }

 private:
  std::atomic<unsigned> done_{0};
};

}  // namespace cost
