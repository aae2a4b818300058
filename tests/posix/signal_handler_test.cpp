#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/blocking_operation.hpp"
#include "support/cancel_ways.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/cancel_soon.hpp"
#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr int times = 250;

std::vector<OperationKind> chosen_operations() {
  constexpr std::array<std::string_view, 4> names = {"Read", "Accept", "Connect", "WriteAll"};
  std::vector<OperationKind> chosen;
  for (const OperationKind& kind : all_operations())
    if (std::ranges::find(names, kind.name) != names.end()) chosen.push_back(kind);
  return chosen;
}

/// Cancels what the thread that made `cancel` does, `times` times, by signals to that thread, each
/// when it is parked; `ended` counts what has ended.
void keep_cancelling(const TcpManager& manager, const CancelBy& cancel,
                     const std::atomic<int>& ended) {
  for (int i = 0; i < times; ++i) {
    wait_until_parked(manager);
    cancel();
    while (ended == i) std::this_thread::yield();
  }
}

class SignalHandlerIn : public ::testing::TestWithParam<OperationKind> {};

TEST_P(SignalHandlerIn, EndsTheOperationOfItsOwnThreadAgainAndAgain) {  // C26
  const auto manager = make_manager();
  const auto operation = GetParam().make(manager, Obstacle::Present);
  const CancelBy cancel(Way::OwnHandler, manager.canceller());
  std::atomic<int> ended{0};
  std::jthread other([&] { keep_cancelling(manager, cancel, ended); });
  Result<void> outcome;
  while (ended < times) {
    outcome = operation->run();
    EXPECT_TRUE(!outcome && outcome.error().cancelled());
    EXPECT_TRUE(manager.restart());
    ++ended;
  }
  other.join();
  operation->let_go();
  operation->finish(outcome);
}

INSTANTIATE_TEST_SUITE_P(AThousandTimes, SignalHandlerIn, ::testing::ValuesIn(chosen_operations()),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(SignalHandler, ThatCancelsAnotherManagerLeavesTheWaitAlone) {
  const auto manager = make_manager();
  const auto other_manager = make_manager();
  auto [client, server] = make_pair(manager);
  const CancelBy cancel(Way::OwnHandler, other_manager.canceller());
  std::jthread other([&] {
    for (int i = 0; i < 100; ++i) {
      wait_until_parked(manager);
      cancel();
      while (!other_manager.restart()) std::this_thread::yield();
    }
    give(client, "data");
  });
  EXPECT_EQ(take(server, 4), "data");
}

TEST(SignalHandler, OfATimerEndsTheOnlyThread) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto canceller = manager.canceller();
    auto [client, server] = make_pair(manager);
    for (int i = 0; i < 5; ++i) {
      cancel_soon(canceller);
      std::array<char, 1> byte{};
      EXPECT_TRUE(error_of(server.read(byte)).cancelled());
      EXPECT_TRUE(manager.restart());
    }
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
