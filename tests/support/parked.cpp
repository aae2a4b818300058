#include "support/parked.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "internals.hpp"
#include "manager_state.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

unsigned parked(const TcpManager& manager) {
  return detail::Internals::state(manager)->waiter().parked();
}

void wait_until_parked(const TcpManager& manager, unsigned count) {
  const Deadline patience(60s);
  while (parked(manager) < count) {
    if (patience.expired()) {
      ADD_FAILURE() << "only " << parked(manager) << " of " << count << " threads are parked";
      return;
    }
    std::this_thread::sleep_for(200us);
  }
}

}  // namespace mtcp::test
