#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <signal.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/relayed.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t size = 8'000'003;

/// What one outer end sends comes out at the other, by way of relay() in one thread.
class RelayBulk : public Relayed {
 protected:
  /// Sends all and the end from the left, while the right sends nothing but its end.
  std::jthread send_all() {
    return std::jthread([this] {
      or_raise(left_.write_all(pattern(size), 60s));
      or_raise(left_.shutdown(Shutdown::Write));
      or_raise(right_.shutdown(Shutdown::Write));
    });
  }

  /// All of it comes, and the relay says so.
  void expect_all() {
    const auto sending = send_all();
    auto running = start(60s);
    std::vector<std::byte> all;
    EXPECT_EQ(or_raise(right_.read_to_end(all, size, 60s)), size);
    EXPECT_TRUE(is_pattern(all));
    const auto report = running.report();
    EXPECT_EQ(report.a_to_b.bytes, size);
    EXPECT_FALSE(report.a_to_b.error);
  }

  void await_splices(const std::atomic<int>& splices, int count) const {
    while (splices < count) std::this_thread::yield();
  }
};

INSTANTIATE_TEST_SUITE_P(, RelayBulk, ::testing::Values(RelayWay::OneThread),
                         ::testing::PrintToStringParamName());

/// How many pipes this process has open.
int open_pipes() {
  const auto all = open_descriptors();
  return static_cast<int>(std::ranges::count_if(all, [](int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode);
  }));
}

SystemCallJudge count_of(std::string_view name, std::atomic<int>& count) {
  return SystemCallJudge([name, &count](const SystemCall& call) {
    if (call.name == name) ++count;
    return Verdict::pass();
  });
}

SystemCallJudge failure_of(std::string_view name, int error, std::atomic<int>& count) {
  return SystemCallJudge([name, error, &count](const SystemCall& call) {
    if (call.name != name) return Verdict::pass();
    ++count;
    return Verdict::fail(error);
  });
}

TEST_P(RelayBulk, StaysInTheKernel) {
  const int pipes = open_pipes();
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  expect_all();
  EXPECT_GT(splices, 0);
  EXPECT_EQ(open_pipes(), pipes);
}

TEST_P(RelayBulk, IsCopiedWhenThereAreNoDescriptors) {
  std::atomic<int> pipes{0};
  const auto judge = failure_of("pipe2", EMFILE, pipes);
  expect_all();
  EXPECT_EQ(pipes, 1);  // it does not ask again and again
}

TEST_P(RelayBulk, IsCopiedWhereTheSystemCannotSplice) {
  for (const int error : {EINVAL, ENOSYS, EPERM}) {
    std::atomic<int> splices{0};
    const auto judge = failure_of("splice", error, splices);
    TcpStream sender = or_raise(left_.try_clone());
    const std::jthread sending([&sender] { or_raise(sender.write_all(pattern(1 << 20), 60s)); });
    auto running = start(60s);
    std::vector<std::byte> all(1 << 20);
    or_raise(right_.read_exact(all, 60s));
    EXPECT_TRUE(is_pattern(all));
    EXPECT_GE(splices, 1);
    manager_.canceller().cancel();
    running.report();
    manager_.restart();
  }
}

TEST_P(RelayBulk, LosesNothingWhenTheKernelTakesLittleAtATime) {
  std::atomic<int> splices{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name != "splice") return Verdict::pass();
    return Verdict::shorten(1 + 7919UL * static_cast<unsigned long>(++splices) % 50'000);
  });
  expect_all();
  EXPECT_GT(splices, 0);
}

TEST_P(RelayBulk, GoesOnBehindAnUrgentByte) {
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  const std::jthread sending([this] {
    or_raise(left_.write_all(pattern(size), 60s));
    EXPECT_EQ(::send(int(left_.native_handle()), "!", 1, MSG_OOB), 1);
    give(left_, "what follows");
  });
  auto running = start(60s);
  std::vector<std::byte> all(size);
  or_raise(right_.read_exact(all, 60s));
  EXPECT_TRUE(is_pattern(all));
  EXPECT_EQ(take(right_, 12), "what follows");  // the urgent byte is out of band, as for read()
  EXPECT_GT(splices, 0);
}

TEST_P(RelayBulk, HandsOnWhatFollowsAnUrgentByteBeforeTheEnd) {
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  auto running = start(60s);
  std::jthread sending([this] { or_raise(left_.write_all(pattern(size), 60s)); });
  std::vector<std::byte> all(size);
  or_raise(right_.read_exact(all, 60s));
  sending.join();
  wait_until_parked(manager_);
  EXPECT_GT(splices, 0);
  EXPECT_EQ(::send(int(left_.native_handle()), "!", 1, MSG_OOB), 1);
  give(left_, "what follows");
  or_raise(left_.shutdown(Shutdown::Write));
  or_raise(right_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(right_), "what follows");
  const auto report = running.report();
  EXPECT_EQ(report.a_to_b.bytes, size + 12);
  EXPECT_FALSE(report.a_to_b.error);
}

TEST_P(RelayBulk, DoesNotSpliceSocketsThatWouldBlock) {
  ASSERT_EQ(::fcntl(int(b_.native_handle()), F_SETFL, 0), 0);
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  expect_all();
  EXPECT_EQ(splices, 0);
}

TEST_P(RelayBulk, RaisesNoSignalWhenItsOwnSideIsShutDown) {
  ASSERT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  const std::jthread sending([this] { static_cast<void>(left_.write_all(pattern(size), 60s)); });
  auto running = start(60s);
  await_splices(splices, 2);
  or_raise(b_.shutdown(Shutdown::Write));
  or_raise(right_.shutdown(Shutdown::Write));
  const auto report = running.report();
  ASSERT_TRUE(report.a_to_b.error);
  EXPECT_EQ(report.a_to_b.error->code(), std::errc::broken_pipe);
  EXPECT_FALSE(report.b_to_a.error);
  reset(std::move(a_));  // so that the sender ends
}

TEST_P(RelayBulk, RaisesNoSignalWhenTheReaderIsGone) {
  ASSERT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  const std::jthread sending([this] { static_cast<void>(left_.write_all(pattern(size), 60s)); });
  auto running = start(60s);
  await_splices(splices, 2);
  reset(std::move(right_));
  const auto report = running.report();
  ASSERT_TRUE(report.a_to_b.error);
  EXPECT_EQ(report.a_to_b.error->kind(), TcpError::Kind::Failed);
  reset(std::move(a_));  // so that the sender ends
}

/// Many pages are sent by several sends within one splice(2): bytes may have gone before the
/// connection breaks, so that it returns their number, and has raised the signal all the same.
TEST_P(RelayBulk, RaisesNoSignalWhenTheConnectionBreaksAfterSomeBytes) {
  ASSERT_NE(::signal(SIGPIPE, SIG_DFL), SIG_ERR);
  std::atomic<int> splices{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    const bool sends = call.name == "splice" && sigismember(&mask, SIGPIPE) == 1;
    if (!sends || ++splices > 1) return Verdict::pass();
    ::pthread_kill(::pthread_self(), SIGPIPE);
    return Verdict::shorten(1);
  });
  expect_all();
  EXPECT_GT(splices, 1);
}

TEST_P(RelayBulk, TellsAResetOfTheSender) {
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  std::jthread sending([this] { or_raise(left_.write_all(pattern(size), 60s)); });
  auto running = start(60s);
  std::vector<std::byte> all(size);
  or_raise(right_.read_exact(all, 60s));
  EXPECT_TRUE(is_pattern(all));
  sending.join();
  reset(std::move(left_));
  const auto report = running.report();
  EXPECT_GT(splices, 0);
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_EQ(direction.error->code(), std::errc::connection_reset);
  }
}

TEST_P(RelayBulk, IsCancelledWhileItWaitsForRoom) {
  const int pipes = open_pipes();
  std::atomic<int> splices{0};
  const auto judge = count_of("splice", splices);
  const std::jthread sending([this] { static_cast<void>(left_.write_all(pattern(size), 60s)); });
  auto running = start(60s);
  await_splices(splices, 2);
  manager_.canceller().cancel();
  const auto report = running.report();
  ASSERT_TRUE(report.a_to_b.error);
  EXPECT_TRUE(report.a_to_b.error->cancelled());
  EXPECT_EQ(open_pipes(), pipes);
  reset(std::move(a_));
}

}  // namespace
}  // namespace mtcp::test
