#include "system.hpp"

#include <algorithm>
#include <csignal>
#include <sys/resource.h>

namespace proxy::system {

std::size_t allow_descriptors(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return count;
  if (limit.rlim_cur < count) {
    rlimit raised = limit;
    raised.rlim_cur = std::min<rlim_t>(count, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

const std::optional<int> statistics_signal = SIGUSR1;

std::vector<int> stop_signals() {
  std::vector<int> signals = {SIGTERM, SIGINT};
  struct sigaction hang_up{};
  const bool is_known = ::sigaction(SIGHUP, nullptr, &hang_up) == 0;
  if (!is_known || hang_up.sa_handler != SIG_IGN) signals.push_back(SIGHUP);
  return signals;
}

void ignore_harmless_signals() {
  std::signal(SIGUSR1, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace proxy::system
