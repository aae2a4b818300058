#include <atomic>
#include <cctype>
#include <csignal>
#include <future>
#include <pthread.h>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/blocking_operation.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

std::atomic<unsigned> interruptions{0};

/// While it lives, SIGUSR1 interrupts system calls and does nothing else.
class Interruptible {
 public:
  Interruptible() {
    struct sigaction action = {};
    action.sa_handler = [](int) { ++interruptions; };  // without SA_RESTART
    ::sigaction(SIGUSR1, &action, &old_);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
  ~Interruptible() { ::sigaction(SIGUSR1, &old_, nullptr); }

 private:
  struct sigaction old_ = {};
};

class Interruption : public ::testing::TestWithParam<OperationKind> {};

INSTANTIATE_TEST_SUITE_P(Of, Interruption, ::testing::ValuesIn(all_operations()),
                         [](const auto& kind) {
                           std::string name(kind.param.name);
                           std::erase_if(name, [](char c) { return std::isalnum(c) == 0; });
                           return name;
                         });

TEST_P(Interruption, IsNotSeenByTheCaller) {  // R32, law 5
  const Interruptible interruptible;
  const auto manager = make_manager();
  const auto operation = GetParam().make(manager, Obstacle::Present);
  std::promise<Result<void>> ended;
  auto result = ended.get_future();
  std::thread thread([&] { ended.set_value(operation->run()); });
  wait_until_parked(manager);
  for (unsigned i = 1; i <= 20; ++i) {
    interruptions = 0;
    ::pthread_kill(thread.native_handle(), SIGUSR1);
    while (interruptions == 0) std::this_thread::sleep_for(50us);
  }
  EXPECT_EQ(result.wait_for(2ms), std::future_status::timeout) << "it did not go on";
  manager.canceller().cancel();
  const auto first = result.get();
  thread.join();
  EXPECT_TRUE(error_of(first).cancelled()) << error_of(first).message();
  manager.restart();
  operation->let_go();
  operation->finish(first);
}

}  // namespace
}  // namespace mtcp::test
