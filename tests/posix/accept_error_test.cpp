#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/child_process.hpp"
#include "support/posix/error_name.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// While it lives, the first `count` calls of accept4() fail with `error`; counts them all.
class FailingAccepts {
 public:
  FailingAccepts(int error, int count)
      : judge_([this, error, count](const SystemCall& call) {
          if (call.name != "accept4") return Verdict::pass();
          return ++calls_ <= count ? Verdict::fail(error) : Verdict::pass();
        }) {}

  int calls() const { return calls_; }

 private:
  std::atomic<int> calls_{0};
  SystemCallJudge judge_;
};

constexpr int forever = 1'000'000'000;

/// A listener in whose queue a client waits.
struct Queue {
  TcpManager manager = make_manager();
  TcpListener listener = make_listener(manager);
  TcpStream client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));

  void expect_accepts() {
    const auto accepted = listener.accept(60s);
    ASSERT_TRUE(accepted) << accepted.error().message();
    EXPECT_EQ(or_raise(accepted->peer_addr()), or_raise(client.local_addr()));
  }
};

/// What accept(2) passes on from connections that died in the queue, and an interruption.
class AcceptOfTheDead : public testing::TestWithParam<int> {};

// A01, A02
TEST_P(AcceptOfTheDead, SkipsThem) {
  Queue queue;
  const FailingAccepts failing(GetParam(), 3);
  queue.expect_accepts();
  EXPECT_EQ(failing.calls(), 4);
}

// A01, A02
TEST_P(AcceptOfTheDead, TakesWhatIsReadyBehindThemAlsoWithoutTime) {
  Queue queue;
  const FailingAccepts failing(GetParam(), 3);
  const auto accepted = queue.listener.accept(0s);
  EXPECT_TRUE(accepted) << accepted.error().message();
}

INSTANTIATE_TEST_SUITE_P(Connections, AcceptOfTheDead,
                         testing::Values(ECONNABORTED, EINTR, ENETDOWN, EPROTO, ENOPROTOOPT,
                                         EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
                                         EPERM),
                         [](const auto& each) { return error_name(each.param); });

TEST(AcceptError, ReachesALiveConnectionBehindManyDeadSoon) {
  expect_prompt([] {
    Queue queue;
    const FailingAccepts failing(ECONNABORTED, 100);
    queue.expect_accepts();
    EXPECT_EQ(failing.calls(), 101);
  });
}

TEST(AcceptError, EndsOnTimeWithoutSpinningWhenDeadConnectionsNeverEnd) {
  Queue queue;
  const FailingAccepts failing(ECONNABORTED, forever);
  const auto used = processor_time([&] {
    const auto took =
        elapsed([&] { EXPECT_TRUE(queue.listener.accept(500ms).error().timed_out()); });
    EXPECT_GE(took, 500ms);
  });
  EXPECT_LT(used, 100ms);
  EXPECT_LT(failing.calls(), 500);
}

TEST(AcceptError, EndsOnTimeWhenDeadConnectionsNeverEnd) {
  Queue queue;
  const FailingAccepts failing(EPROTO, forever);
  expect_ends_after(50ms, [&] { EXPECT_TRUE(queue.listener.accept(50ms).error().timed_out()); });
  expect_prompt([&] { EXPECT_TRUE(queue.listener.accept(0s).error().timed_out()); });
  expect_prompt([&] { EXPECT_TRUE(queue.listener.accept(-1h).error().timed_out()); });
}

TEST(AcceptError, IsCancelledWhileDeadConnectionsNeverEnd) {
  Queue queue;
  const FailingAccepts failing(ECONNABORTED, forever);
  std::jthread acceptor([&] { EXPECT_TRUE(queue.listener.accept().error().cancelled()); });
  wait_until_parked(queue.manager);
  expect_prompt([&] {
    queue.manager.canceller().cancel();
    if (acceptor.joinable()) acceptor.join();
  });
}

/// What concerns the listener or this process, not one connection.
class AcceptThatFails : public testing::TestWithParam<int> {};

// A03
TEST_P(AcceptThatFails, SaysSoAtOnceAndStaysUsable) {
  Queue queue;
  const DescriptorGuard guard;
  const FailingAccepts failing(GetParam(), 1);
  const auto failed = queue.listener.accept(60s);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failing.calls(), 1);
  EXPECT_EQ(failed.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(failed.error().code(), std::error_code(GetParam(), std::system_category()));
  EXPECT_EQ(failed.error().message(), "accept on " +
                                          or_raise(queue.listener.local_addr()).to_string() + ": " +
                                          std::strerror(GetParam()));
  queue.expect_accepts();
}

INSTANTIATE_TEST_SUITE_P(ForGood, AcceptThatFails,
                         testing::Values(EMFILE, ENFILE, ENOBUFS, ENOMEM, EFAULT, EBADF, EINVAL),
                         [](const auto& each) { return error_name(each.param); });

// A04
TEST(AcceptError, SaysEachTimeThatTheDescriptorTableIsFull) {
  expect_success_in_child([] {
    Queue queue;
    {
      const DescriptorLimit limit(DescriptorLimit::leaving(0));
      for (int i = 0; i < 1000; ++i) {
        const auto failed = queue.listener.accept(60s);
        if (failed) return 1;
        if (failed.error() != std::errc::too_many_files_open) return 2;
      }
    }
    queue.expect_accepts();
    return 0;
  });
}

// A04, W06
TEST(AcceptError, WaitsQuietlyWhileTheDescriptorTableIsFull) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    auto listener = make_listener(manager);
    std::jthread acceptor([&] {
      // Linux wants a free descriptor even to say that nobody is in the queue.
      const auto error = listener.accept(300ms).error();
      EXPECT_TRUE(error.timed_out() || error == std::errc::too_many_files_open) << error.message();
    });
    wait_until_parked(manager);
    const DescriptorLimit limit(DescriptorLimit::leaving(0));
    EXPECT_LT(processor_time([&] { acceptor.join(); }), 60ms);
    return 0;
  });
}

// A04
TEST(AcceptError, IsToldToAThreadThatWaits) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto other = make_manager();
    auto listener = make_listener(manager);
    const auto address = or_raise(listener.local_addr());
    std::jthread acceptor(
        [&] { EXPECT_EQ(listener.accept(60s).error(), std::errc::too_many_files_open); });
    wait_until_parked(manager);
    const DescriptorLimit limit(DescriptorLimit::leaving(1));
    const auto client = TcpStream::connect(other, address, 60s);
    EXPECT_TRUE(client) << client.error().message();
    acceptor.join();
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
