#include "support/arrival.hpp"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace mtcp::test {

using namespace std::chrono_literals;

void await(const char* what, const std::function<bool()>& there) {
  const Deadline patience(60s);
  while (!there()) {
    if (patience.expired()) {
      ADD_FAILURE() << "never came: " << what;
      return;
    }
    std::this_thread::sleep_for(100us);
  }
}

}  // namespace mtcp::test
