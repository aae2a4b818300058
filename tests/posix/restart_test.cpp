#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/cancel_ways.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(Restart, MayBeInterruptedByAHandlerThatCancels) {
  const auto manager = make_manager();
  const auto canceller = manager.canceller();
  const CancelBy cancel(Way::OwnHandler, canceller);
  std::atomic<bool> over{false};
  std::jthread other([&] {
    while (!over) cancel();
  });
  int restarts = 0;
  while (restarts < 300) restarts += manager.restart() ? 1 : 0;
  over = true;
  other.join();
  canceller.cancel();
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(manager.sleep(1ms));
}

}  // namespace
}  // namespace mtcp::test
