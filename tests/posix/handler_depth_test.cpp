#include "sys/posix/handler_depth.hpp"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

namespace handler_depth = sys::handler_depth;

/// Any numbers; they are never raised. More of them than the table has room for.
constexpr int signals = 300;

unsigned enter_all() {
  unsigned nested = 0;
  for (int signal = 1; signal <= signals; ++signal) nested += handler_depth::enter(signal) - 1;
  return nested;
}

void leave_all() {
  for (int signal = 1; signal <= signals; ++signal) handler_depth::leave(signal);
}

TEST(HandlerDepth, CountsEachSignalOfEachThreadByItself) {
  EXPECT_EQ(handler_depth::enter(1), 1U);
  EXPECT_EQ(handler_depth::enter(1), 2U);
  EXPECT_EQ(handler_depth::enter(2), 1U);
  std::jthread([] {
    EXPECT_EQ(handler_depth::enter(1), 1U);
    handler_depth::leave(1);
  }).join();
  EXPECT_EQ(handler_depth::enter(1), 3U);
  for (int i = 0; i < 3; ++i) handler_depth::leave(1);
  EXPECT_EQ(handler_depth::enter(1), 1U);
  handler_depth::leave(1);
  handler_depth::leave(2);
}

TEST(HandlerDepth, CountsNoFurtherHandlersWhileThereAreTooMany) {
  EXPECT_EQ(enter_all(), 0U);
  const unsigned known = enter_all();
  EXPECT_GT(known, 0U);
  EXPECT_LT(known, unsigned{signals});
  leave_all();
  leave_all();
  EXPECT_EQ(handler_depth::enter(signals), 1U);
  EXPECT_EQ(handler_depth::enter(signals), 2U);
  handler_depth::leave(signals);
  handler_depth::leave(signals);
}

// Otherwise a thread of the child that gets the memory of one of the parent's would seem to be
// handling the same signal.
TEST(HandlerDepth, ForgetsTheParentsThreads) {
  std::promise<void> entered;
  std::promise<void> over;
  std::jthread other([&] {
    enter_all();
    entered.set_value();
    over.get_future().wait();
    leave_all();
  });
  entered.get_future().wait();
  EXPECT_EQ(handler_depth::enter(1), 1U);
  EXPECT_EQ(handler_depth::enter(1), 1U);  // there is no room
  expect_success_in_child([] {
    EXPECT_EQ(handler_depth::enter(1), 1U);
    EXPECT_EQ(handler_depth::enter(1), 2U);
    return 0;
  });
  over.set_value();
}

}  // namespace
}  // namespace mtcp::test
