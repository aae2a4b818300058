#include "busy.hpp"

#include <atomic>

namespace bench {
namespace {

void compute_forever() {
  std::atomic<unsigned> counter = 0;
  for (;;) counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

BusyProcessors::BusyProcessors(std::span<const int> processors) {
  for (const int& processor : processors) {
    processes_.push_back(std::make_unique<Process>(std::span(&processor, 1), compute_forever));
  }
}

}  // namespace bench
