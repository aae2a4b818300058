#include "support/posix/signal_handler.hpp"

#include <atomic>
#include <cerrno>

namespace mtcp::test {

namespace {

std::atomic<int> count{0};
std::atomic<int> value{0};

void count_signal(int) {
  ++count;
}

void spoil_errno(int) {
  ++count;
  errno = ENOTRECOVERABLE;
}

void count_signal_with_info(int, siginfo_t* info, void*) {
  ++count;
  value = info->si_value.sival_int;
}

Disposition simple(void (*handler)(int)) {
  Disposition action = {};
  action.sa_handler = handler;
  return action;
}

}  // namespace

Disposition disposition(int signal) {
  Disposition action = {};
  ::sigaction(signal, nullptr, &action);
  return action;
}

void set_disposition(int signal, const Disposition& disposition) {
  ::sigaction(signal, &disposition, nullptr);
}

bool same(const Disposition& a, const Disposition& b) {
  constexpr int visible = ~0x04000000;  // without SA_RESTORER, which Linux's C library adds
  if ((a.sa_flags & SA_SIGINFO) != (b.sa_flags & SA_SIGINFO)) return false;
  if (a.sa_flags & SA_SIGINFO) {
    if (a.sa_sigaction != b.sa_sigaction) return false;
  } else {
    if (a.sa_handler != b.sa_handler) return false;
    if (a.sa_handler == SIG_DFL || a.sa_handler == SIG_IGN) return true;  // nothing else counts
  }
  for (int signal = 1; signal < NSIG; ++signal)
    if (::sigismember(&a.sa_mask, signal) != ::sigismember(&b.sa_mask, signal)) return false;
  return ((a.sa_flags ^ b.sa_flags) & visible) == 0;
}

Disposition defaulting() {
  return simple(SIG_DFL);
}

Disposition ignoring() {
  return simple(SIG_IGN);
}

Disposition counting() {
  Disposition action = simple(count_signal);
  action.sa_flags = SA_NOCLDSTOP;
  ::sigaddset(&action.sa_mask, SIGHUP);
  return action;
}

Disposition spoiling_errno() {
  return simple(spoil_errno);
}

Disposition counting_with_info() {
  Disposition action = {};
  action.sa_sigaction = count_signal_with_info;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaddset(&action.sa_mask, SIGPIPE);
  return action;
}

int counted() {
  return count;
}

int last_value() {
  return value;
}

}  // namespace mtcp::test
