#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "operation.hpp"
#include "support/fake_waiter.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Outcome = sys::Waited::Outcome;
using Log = std::vector<std::string>;

/// What an operation that is to wait first does, when its first try succeeds.
Log wait_first(FakeManager& manager, const Timeout& timeout) {
  detail::Operation operation(*manager.state, timeout);
  const auto attempt = [&]() -> sys::Attempt<sys::Done> {
    manager.waiter.log.emplace_back("try");
    return sys::Done{};
  };
  EXPECT_TRUE(operation.run(7, sys::Direction::Read, attempt, nullptr, true));
  return manager.waiter.log;
}

TEST(WaitFirst, WaitsWhereTheFirstTryWouldBeInVain) {
  FakeManager manager;
  manager.waiter.plan(Outcome::Ready);
  EXPECT_EQ(wait_first(manager, {}), (Log{"wait", "try"}));
}

// Law 1: a deadline that has passed means: take what is ready.
TEST(WaitFirst, TriesOnceWhenTheTimeIsOver) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  EXPECT_EQ(wait_first(manager, 0s), (Log{"wait", "try"}));
}

// An accept that has slept lets the next one wait first.
TEST(WaitFirst, AcceptTakesWhatIsQueuedWhenTheTimeIsOver) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  for (int i = 0; i < 3; ++i) {
    std::jthread connecting([&] {
      wait_until_parked(manager);
      or_raise(TcpStream::connect(or_raise(TcpManager::create()), address, 60s));
    });
    EXPECT_TRUE(listener.accept(60s));
    connecting.join();
    const auto queued = or_raise(TcpStream::connect(manager, address, 60s));
    EXPECT_TRUE(listener.accept(0s));
  }
}

}  // namespace
}  // namespace mtcp::test
