#include "support/patience.hpp"

#include <ctime>

#include <gtest/gtest.h>

namespace mtcp::test {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::chrono::nanoseconds elapsed(const std::function<void()>& operation) {
  const auto start = std::chrono::steady_clock::now();
  operation();
  return std::chrono::steady_clock::now() - start;
}

namespace {

void expect_within(nanoseconds least, nanoseconds most, const std::function<void()>& operation) {
  for (;;) {
    const auto took = elapsed(operation);
    ASSERT_GE(took, least) << "ended early";
    if (took <= most || ::testing::Test::HasFailure()) return;
    ASSERT_LE(took, least + 5s) << "ended late, again and again";
    most = took + took / 4;
  }
}

}  // namespace

void expect_ends_after(nanoseconds timeout, const std::function<void()>& operation) {
  expect_within(timeout, timeout + timeout / 20 + 20ms, operation);
}

void expect_prompt(const std::function<void()>& operation) {
  expect_within(0ns, 100ms, operation);
}

nanoseconds processor_time(const std::function<void()>& operation) {
  const auto now = [] {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
  };
  const auto start = now();
  operation();
  return now() - start;
}

}  // namespace mtcp::test
