#pragma once

namespace mtcp::sys {

/// Whether the system puts off a thread's timers to save power unless asked not to, which costs
/// system calls.
extern const bool timers_have_slack;

/// While it lives, the calling thread's timers are not put off; what it had set is put back.
class NoTimerSlack {
 public:
  NoTimerSlack() noexcept;
  NoTimerSlack(const NoTimerSlack&) = delete;
  NoTimerSlack& operator=(const NoTimerSlack&) = delete;
  ~NoTimerSlack();

 private:
  [[maybe_unused]] long before_ = 0;  // nanoseconds; not positive: nothing to put back
};

}  // namespace mtcp::sys
