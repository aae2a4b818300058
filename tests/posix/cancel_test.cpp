#include <array>
#include <atomic>
#include <cerrno>
#include <future>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class PosixCancel : public Connected {};

TEST_F(PosixCancel, WakesAlsoWhenItIsInterruptedWhileWaking) {
  std::array<char, 100> buffer{};
  auto pending = std::async(std::launch::async, [&] { return server_.read(buffer, 60s); });
  wait_until_parked(manager_);
  std::atomic<int> interruptions{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    const bool wakes = call.name == "write";
    return wakes && ++interruptions <= 3 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  errno = ENOENT;
  EXPECT_TRUE(manager_.canceller().cancel());
  EXPECT_EQ(errno, ENOENT);
  EXPECT_GT(interruptions, 3);
  EXPECT_TRUE(error_of(pending.get()).cancelled());
}

}  // namespace
}  // namespace mtcp::test
