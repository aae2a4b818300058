// Signals that come in between: no timeout is stretched, nothing is lost.

#include <atomic>
#include <chrono>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/nothing_ready.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// While it lives, SIGUSR2 has this handler, without SA_RESTART.
class SignalHandler {
 public:
  explicit SignalHandler(void (*handler)(int)) {
    struct sigaction action = {};
    action.sa_handler = handler;
    ::sigaction(SIGUSR2, &action, &before_);
  }
  SignalHandler(const SignalHandler&) = delete;
  SignalHandler& operator=(const SignalHandler&) = delete;
  ~SignalHandler() { ::sigaction(SIGUSR2, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

/// Sends the thread that makes it SIGUSR2, a thousand times a second.
class Interruptions {
 public:
  Interruptions()
      : thread_([this, target = ::pthread_self()] {
          const auto manager = make_manager();
          while (!over_ && manager.sleep(1ms)) ::pthread_kill(target, SIGUSR2);
        }) {}
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  ~Interruptions() { over_ = true; }

 private:
  std::atomic<bool> over_ = false;
  std::jthread thread_;
};

std::atomic<int> interruptions = 0;

void count_interruption(int) {
  ++interruptions;
}

class TimingUnderSignals : public Connected {};

// T26, law 5: EINTR is never seen and never stretches a timeout.
TEST_F(TimingUnderSignals, IsNeitherStretchedNorCut) {
  NothingReady nothing(manager_);
  const SignalHandler handler(count_interruption);
  const Interruptions signals;
  for (const auto& [name, run] : nothing.operations()) {
    SCOPED_TRACE(name);
    interruptions = 0;
    expect_ends_after(30ms, [&] {
      const auto error = error_of(run(30ms));
      EXPECT_TRUE(error.timed_out()) << error.message();
    });
    EXPECT_GT(interruptions, 0) << "else this test says nothing";
  }
  expect_ends_after(30ms, [&] { EXPECT_TRUE(manager_.sleep(30ms)); });
}

TEST_F(TimingUnderSignals, LosesNothing) {
  const SignalHandler handler(count_interruption);
  const Interruptions signals;
  std::string seen;
  std::jthread writer([&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(manager_.sleep(1ms));
      give(client_, std::string(1, static_cast<char>('a' + i % 26)));
    }
    or_raise(client_.shutdown(Shutdown::Write));
  });
  EXPECT_EQ(or_raise(server_.read_to_end(seen, 100, 60s)), 50U);
  EXPECT_EQ(seen.substr(24, 4), "yzab");
}

std::atomic<int> peer_of_the_reader = -1;

void write_then_dawdle(int) {
  raw::send_byte(peer_of_the_reader.load());
  const Deadline end = 40ms;
  while (!end.expired()) continue;
}

// Law 1: data that came while the thread was kept from looking wins over its expired deadline.
TEST_F(TimingUnderSignals, TakesWhatCameWhileAHandlerRanBeyondTheDeadline) {
  const SignalHandler handler(write_then_dawdle);
  peer_of_the_reader = static_cast<int>(client_.native_handle());
  const auto reader = ::pthread_self();
  std::jthread signaller([&] {
    wait_until_parked(manager_);
    ::pthread_kill(reader, SIGUSR2);
  });
  std::byte byte;
  const auto result = server_.read(std::span(&byte, 1), 30ms);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(*result, 1U);
}

// The same without signals, and a wait that is interrupted again and again without end.
TEST_F(TimingUnderSignals, EndsAlsoWhenEveryWaitIsInterrupted) {
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "ppoll" ? Verdict::fail(EINTR) : Verdict::pass();
  });
  expect_ends_after(10ms, [&] {
    std::byte byte;
    EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), 10ms)).timed_out());
  });
}

TEST_F(TimingUnderSignals, CountsTriesThatAreInterruptedAsNone) {
  give(client_, "x");
  std::atomic<int> left = 100;
  const SystemCallJudge judge([&](const SystemCall& call) {
    return call.name == "recv" && --left >= 0 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  std::byte byte;
  EXPECT_EQ(or_raise(server_.read(std::span(&byte, 1), 60s)), 1U);
  EXPECT_LT(left, 0);
}

}  // namespace
}  // namespace mtcp::test
