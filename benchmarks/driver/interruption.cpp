#include "interruption.hpp"

#include <csignal>
#include <ctime>
#include <poll.h>
#include <sys/signalfd.h>

namespace bench {
namespace {

int signals = -1;

sigset_t interruptions() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void catch_interruptions() {
  const sigset_t set = interruptions();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  // A system that has ended is noticed by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
}

void stop_catching_interruptions_in_child() {
  std::signal(SIGPIPE, SIG_DFL);
  const sigset_t set = interruptions();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int interruption_fd() {
  return signals;
}

void check_interruption() {
  sleep_for(std::chrono::nanoseconds(0));
}

void sleep_for(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec timeout = {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  pollfd interruption = {.fd = signals, .events = POLLIN, .revents = 0};
  if (::ppoll(&interruption, 1, &timeout, nullptr) > 0) throw Interrupted();
}

}  // namespace bench
