#include "system.hpp"

#include <csignal>

namespace proxy::system {

std::size_t allow_descriptors(std::size_t count) {
  return count;  // only memory limits them
}

const std::optional<int> statistics_signal;

std::vector<int> stop_signals() {
  return {SIGTERM, SIGINT};
}

void ignore_harmless_signals() {}  // there are none

}  // namespace proxy::system
