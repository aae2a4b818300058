#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// While it lives, the first `count` calls of `name` fail with `error`; counts them all.
class Failing {
 public:
  Failing(std::string_view name, int error, int count)
      : judge_([this, name, error, count](const SystemCall& call) {
          if (call.name != name) return Verdict::pass();
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

/// What accept() says of connections that died in the queue.
class AcceptOfTheDead : public testing::TestWithParam<int> {};

// A01, A02
TEST_P(AcceptOfTheDead, SkipsThem) {
  Queue queue;
  const Failing failing("accept4", GetParam(), 3);
  queue.expect_accepts();
  EXPECT_EQ(failing.calls(), 4);
}

// A01, A02
TEST_P(AcceptOfTheDead, TakesWhatIsReadyBehindThemAlsoWithoutTime) {
  Queue queue;
  const Failing failing("accept4", GetParam(), 3);
  const auto accepted = queue.listener.accept(0s);
  EXPECT_TRUE(accepted) << accepted.error().message();
}

INSTANTIATE_TEST_SUITE_P(Connections, AcceptOfTheDead, testing::Values(ECONNABORTED, ECONNRESET));

TEST(AcceptError, EndsOnTimeWhenDeadConnectionsNeverEnd) {
  Queue queue;
  const Failing failing("accept4", ECONNRESET, forever);
  expect_ends_after(50ms, [&] { EXPECT_TRUE(queue.listener.accept(50ms).error().timed_out()); });
  expect_prompt([&] { EXPECT_TRUE(queue.listener.accept(0s).error().timed_out()); });
  expect_prompt([&] { EXPECT_TRUE(queue.listener.accept(-1h).error().timed_out()); });
}

TEST(AcceptError, IsCancelledWhileDeadConnectionsNeverEnd) {
  Queue queue;
  const Failing failing("accept4", ECONNRESET, forever);
  std::jthread acceptor([&] { EXPECT_TRUE(queue.listener.accept().error().cancelled()); });
  wait_until_parked(queue.manager);
  queue.manager.canceller().cancel();
}

/// What concerns the listener or this process, not one connection.
class AcceptThatFails : public testing::TestWithParam<int> {};

// A03
TEST_P(AcceptThatFails, SaysSoAtOnceAndStaysUsable) {
  Queue queue;
  const DescriptorGuard guard;
  const Failing failing("accept4", GetParam(), 1);
  const auto error = error_of(queue.listener.accept(60s));
  EXPECT_EQ(failing.calls(), 1);
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc(GetParam())) << error.message();
  EXPECT_EQ(error.message().find("accept on " + or_raise(queue.listener.local_addr()).to_string()),
            0U);
  queue.expect_accepts();
}

INSTANTIATE_TEST_SUITE_P(ForGood, AcceptThatFails,
                         testing::Values(EMFILE, ENOBUFS, ENOMEM, EINVAL, EBADF));

// What was accepted already, and cannot be made ours.
TEST(AcceptError, ClosesAConnectionThatCannotBeMadeNonBlocking) {
  Queue queue;
  const DescriptorGuard guard;
  const Failing failing("ioctl", ENOBUFS, 1);
  EXPECT_EQ(error_of(queue.listener.accept(60s)), std::errc::no_buffer_space);
  EXPECT_EQ(failing.calls(), 1);
  std::array<char, 1> byte;
  const auto read = queue.client.read(byte, 60s);
  EXPECT_TRUE(!read || *read == 0);
}

}  // namespace
}  // namespace mtcp::test
