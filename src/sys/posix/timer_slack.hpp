#pragma once

namespace mtcp::sys {

/// While it lives, the system does not put off the calling thread's timers to save power, where it
/// otherwise would; what the thread had set is put back. prctl(2), PR_SET_TIMERSLACK.
class NoTimerSlack {
 public:
  NoTimerSlack() noexcept;
  NoTimerSlack(const NoTimerSlack&) = delete;
  NoTimerSlack& operator=(const NoTimerSlack&) = delete;
  ~NoTimerSlack();

 private:
  [[maybe_unused]] long before_;  // nanoseconds; not positive: there is nothing to put back
};

}  // namespace mtcp::sys
