#pragma once

#include <pthread.h>
#include <string_view>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// Where a cancel comes from, as seen by the thread that it is to end.
enum class Way { OtherThread, OwnHandler, OtherHandler };

inline constexpr Way all_ways[] = {Way::OtherThread, Way::OwnHandler, Way::OtherHandler};

std::string_view name_of(Way way);

/// Uses a canceller in one of the three ways; the handlers are those of SIGUSR1. One at a time.
class CancelBy {
 public:
  /// To be made in the thread that is to be ended.
  CancelBy(Way way, const TcpCanceller& canceller);
  CancelBy(const CancelBy&) = delete;
  CancelBy& operator=(const CancelBy&) = delete;
  ~CancelBy();

  /// In another thread. With Way::OwnHandler the handler may run a little later than this returns.
  void operator()() const;

  /// Until it has cancelled.
  void await() const;

  /// In the thread that made this: lets another thread cancel, and returns when that is done.
  void and_wait() const;

 private:
  Way way_;
  TcpCanceller canceller_;
  pthread_t ended_;
};

/// Uses `canceller` in a few milliseconds, in a handler of SIGALRM, which stays. For child
/// processes; `canceller` outlives it.
void cancel_soon(const TcpCanceller& canceller);

}  // namespace mtcp::test
