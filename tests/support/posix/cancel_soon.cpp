#include "support/posix/cancel_soon.hpp"

#include <atomic>
#include <signal.h>
#include <sys/time.h>

namespace mtcp::test {

namespace {

std::atomic<const TcpCanceller*> target{nullptr};

void cancel_target(int) {
  target.load()->cancel();
}

}  // namespace

void cancel_soon(const TcpCanceller& canceller) {
  target = &canceller;
  ::signal(SIGALRM, cancel_target);
  const itimerval soon = {{0, 0}, {0, 3000}};
  ::setitimer(ITIMER_REAL, &soon, nullptr);
}

}  // namespace mtcp::test
