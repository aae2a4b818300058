#include "support/small_thread.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <mtcp/deadline.hpp>

namespace mtcp::test {

using namespace std::chrono_literals;

void wait_until_threads(unsigned count) {
  const Deadline patience(60s);
  while (thread_count() > count) {
    if (patience.expired()) {
      ADD_FAILURE() << thread_count() << " threads are left, not " << count;
      return;
    }
    std::this_thread::sleep_for(200us);
  }
}

}  // namespace mtcp::test
