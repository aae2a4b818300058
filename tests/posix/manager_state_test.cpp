#include "manager_state.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_waiter.hpp"
#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

using detail::ManagerState;
using detail::Ticket;
using Log = std::vector<std::string>;

// Law 9
TEST(ManagerState, TellsItsWaiterOfAFork) {
  FakeManager manager;
  expect_success_in_child([&] { return manager.waiter.log == Log{"after_fork"} ? 0 : 1; });
  EXPECT_EQ(manager.waiter.log, Log()) << "nothing changes in the parent";
}

/// A waiter that sees a fork while its manager is being destroyed.
class ForkingWaiter final : public sys::Waiter {
 public:
  explicit ForkingWaiter(Ending& ending) : ending_(ending) {}
  ~ForkingWaiter() override {
    ending_ = run_in_child([] { return 0; });
  }

  sys::Waited wait(std::span<const sys::Interest>, Deadline, std::chrono::steady_clock::time_point,
                   const Ticket&) noexcept override {
    return {sys::Waited::Outcome::TimedOut, {}};
  }
  void wake() noexcept override {}
  void clear() noexcept override {}
  unsigned parked() const noexcept override { return 0; }
  void after_fork() noexcept override { ::_exit(55); }

 private:
  Ending& ending_;
};

// Law 9
TEST(ManagerState, ThatIsBeingDestroyedIsLeftAloneByAForkInAnotherThread) {
  Ending ending;
  ManagerState(nullptr, std::make_unique<ForkingWaiter>(ending), {});
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0) << "after_fork() reached a waiter that was being destroyed";
}

}  // namespace
}  // namespace mtcp::test
