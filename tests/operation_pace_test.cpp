#include <gtest/gtest.h>

#include "operation.hpp"
#include "support/fake_waiter.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using detail::Operation;
using Outcome = sys::Waited::Outcome;

// An attempt may move bytes and yet not be through, as that of a handshake.
TEST(OperationPace, IsKeptByALastTryThatMovesSomething) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  manager.waiter.plan(Outcome::Ready);
  Operation operation(*manager.state, idle(1h));
  int tries = 0;
  const auto result = operation.run(7, sys::Direction::Read, [&]() -> sys::Attempt<int> {
    if (++tries == 3) return tries;
    if (tries == 2) operation.expiry().moved(1);
    return std::nullopt;
  });
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 3);
}

TEST(OperationPace, IsNotKeptByALastTryThatMovesNothing) {
  FakeManager manager;
  manager.waiter.plan(Outcome::TimedOut);
  Operation operation(*manager.state, idle(1h));
  int tries = 0;
  const auto result = operation.run(7, sys::Direction::Read, [&]() -> sys::Attempt<int> {
    ++tries;
    return std::nullopt;
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, TcpError::Kind::TimedOut);
  EXPECT_EQ(tries, 2);
}

}  // namespace
}  // namespace mtcp::test
