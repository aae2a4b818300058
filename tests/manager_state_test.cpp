#include "manager_state.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_waiter.hpp"

namespace mtcp::test {
namespace {

using detail::ManagerState;
using Log = std::vector<std::string>;

TEST(ManagerState, WakesOnceForEachNewCancelAndClearsOnceForEachRestart) {
  FakeManager manager;
  EXPECT_FALSE(manager.state->restart());
  EXPECT_EQ(manager.waiter.log, Log());
  EXPECT_TRUE(manager.state->cancel());
  EXPECT_FALSE(manager.state->cancel());
  EXPECT_EQ(manager.waiter.log, (Log{"wake"}));
  EXPECT_TRUE(manager.state->restart());
  EXPECT_FALSE(manager.state->restart());
  EXPECT_EQ(manager.waiter.log, (Log{"wake", "clear"}));
}

TEST(ManagerState, ClearsWhileStillCancelled) {
  FakeManager manager;
  bool cancelled_meanwhile = false;
  manager.waiter.on_clear = [&] { cancelled_meanwhile = manager.state->cancellation().any(); };
  manager.state->cancel();
  manager.state->restart();
  EXPECT_TRUE(cancelled_meanwhile) << "else somebody could park between the two";
  EXPECT_FALSE(manager.state->cancellation().any());
}

TEST(ManagerState, ACancelWhileItIsRestartedHoldsAfterwards) {
  FakeManager manager;
  manager.waiter.on_clear = [&] { EXPECT_TRUE(manager.state->cancel()); };
  manager.state->cancel();
  EXPECT_TRUE(manager.state->restart());
  EXPECT_TRUE(manager.state->cancellation().own());
  manager.waiter.on_clear = [] {};
  EXPECT_TRUE(manager.state->restart());
  EXPECT_FALSE(manager.state->cancellation().own());
}

}  // namespace
}  // namespace mtcp::test
