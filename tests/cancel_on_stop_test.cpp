#include <future>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/cancel_on_stop.hpp>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(CancelOnStop, CancelsWhenAStopIsRequested) {
  const auto manager = make_manager();
  std::stop_source source;
  const CancelOnStop on_stop(manager.canceller(), source.get_token());
  auto sleeper = std::async(std::launch::async, [&] { return manager.sleep(60s); });
  wait_until_parked(manager);
  EXPECT_FALSE(manager.cancelled());
  source.request_stop();
  EXPECT_TRUE(manager.cancelled());
  EXPECT_TRUE(error_of(sleeper.get()).cancelled());
}

TEST(CancelOnStop, CancelsAtOnceWhenAStopWasRequestedBefore) {
  const auto manager = make_manager();
  std::stop_source source;
  source.request_stop();
  const CancelOnStop on_stop(manager.canceller(), source.get_token());
  EXPECT_TRUE(manager.cancelled());
}

TEST(CancelOnStop, LetsTheDestructionOfAThreadEndItsAccept) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  std::optional<TcpError> error;
  {
    const std::jthread acceptor([&](std::stop_token stop) {
      const CancelOnStop on_stop(manager.canceller(), stop);
      error = error_of(listener.accept());
    });
    wait_until_parked(manager);
  }
  EXPECT_TRUE(error && error->cancelled());
}

TEST(CancelOnStop, MayBeOneForEachThreadWithAChildOfItsOwn) {
  const auto manager = make_manager();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([child = or_raise(manager.child())](std::stop_token stop) {
      const CancelOnStop on_stop(child.canceller(), stop);
      EXPECT_TRUE(error_of(child.sleep(Deadline::never())).cancelled());
    });
  for (unsigned left = 4; left > 0; --left) {
    wait_until_parked(manager, left);
    EXPECT_EQ(parked(manager), left);
    threads.pop_back();
  }
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnStop, CancelsOnce) {
  const auto manager = make_manager();
  std::stop_source source;
  const CancelOnStop on_stop(manager.canceller(), source.get_token());
  source.request_stop();
  EXPECT_TRUE(manager.restart());
  source.request_stop();
  EXPECT_FALSE(manager.cancelled());
  EXPECT_TRUE(manager.sleep(1ms));
}

TEST(CancelOnStop, DoesNothingOnceItIsGone) {
  const auto manager = make_manager();
  std::stop_source source;
  {
    const CancelOnStop on_stop(manager.canceller(), source.get_token());
  }
  source.request_stop();
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnStop, DoesNothingForATokenThatNobodyCanStop) {
  const auto manager = make_manager();
  const CancelOnStop on_stop(manager.canceller(), std::stop_token());
  EXPECT_FALSE(manager.cancelled());
}

TEST(CancelOnStop, LetsOneStopCancelSeveralManagers) {
  const auto first = make_manager();
  const auto second = make_manager();
  std::stop_source source;
  const CancelOnStop on_first(first.canceller(), source.get_token());
  const CancelOnStop on_second(second.canceller(), source.get_token());
  source.request_stop();
  EXPECT_TRUE(first.cancelled() && second.cancelled());
}

TEST(CancelOnStop, OutlivesTheHandlesOfItsManager) {
  std::stop_source source;
  std::optional<TcpManager> manager = make_manager();
  auto child = or_raise(manager->child());
  const CancelOnStop on_stop(manager->canceller(), source.get_token());
  manager.reset();
  source.request_stop();
  EXPECT_TRUE(child.cancelled());
}

TEST(CancelOnStop, MayGoWhileTheStopIsRequested) {
  const auto manager = make_manager();
  for (int round = 0; round < 200; ++round) {
    std::stop_source source;
    auto stopper = std::async(std::launch::async, [&] { source.request_stop(); });
    {
      const CancelOnStop on_stop(manager.canceller(), source.get_token());
    }
    const bool before = manager.cancelled();
    stopper.get();
    EXPECT_EQ(manager.cancelled(), before);  // what is gone cancels no more
    manager.restart();
  }
}

}  // namespace
}  // namespace mtcp::test
