// Signals and threads that come in between: no timeout is stretched, nothing is lost.

#include <array>
#include <atomic>
#include <chrono>
#include <pthread.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/nothing_ready.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

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
  const char byte = 'x';
  ::sendto(peer_of_the_reader, &byte, 1, MSG_DONTWAIT, nullptr, 0);
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

class TimingRace : public Connected {};

// T23: data arrives in the same instant as the deadline: it is read now, or by the next read.
TEST_F(TimingRace, DataAndDeadlineAtOnceLoseNothing) {
  std::atomic<int> round = 0;
  std::atomic<steady_clock::time_point> instant;
  constexpr int rounds = 1000;
  std::jthread writer([&] {
    for (int mine = 1; mine <= rounds; ++mine) {
      while (round != mine) std::this_thread::yield();
      while (steady_clock::now() < instant.load()) continue;
      give(client_, "x");
    }
  });
  for (int i = 1; i <= rounds; ++i) {
    instant = steady_clock::now() + 150us;
    round = i;
    std::byte byte;
    const auto result = server_.read(std::span(&byte, 1), Deadline(instant.load()));
    if (result) {
      EXPECT_EQ(*result, 1U);
      continue;
    }
    EXPECT_TRUE(result.error().timed_out());
    EXPECT_GE(steady_clock::now(), instant.load());
    EXPECT_TRUE(server_.read_exact(std::span(&byte, 1), 60s));
  }
}

// T29: very short deadlines in both directions at once.
TEST_F(TimingRace, TinyDeadlinesInBothDirectionsKeepTheStreamInStep) {
  constexpr std::size_t total = 20'000;
  std::atomic<std::size_t> written = 0;
  std::jthread writer([&] {
    while (written < total) {
      const std::vector<std::byte> block(std::min<std::size_t>(100, total - written));
      const auto result = client_.write_all(block, 2us);
      written += result ? block.size() : result.error().transferred();
    }
  });
  std::size_t read = 0;
  const Deadline patience = 60s;
  while (read < total && !patience.expired()) {
    std::array<std::byte, 77> buffer;
    const auto result =
        server_.read_exact(std::span(buffer).first(std::min(buffer.size(), total - read)), 2us);
    read += result ? std::min(buffer.size(), total - read) : result.error().transferred();
  }
  EXPECT_EQ(read, total);
}

// Readers on one stream, each with its own time: none holds up or shortens the other.
TEST_F(TimingRace, ReadersOfOneStreamHaveEachTheirOwnTime) {
  std::jthread patient([&] {
    std::byte byte;
    EXPECT_EQ(or_raise(server_.read(std::span(&byte, 1), 60s)), 1U);
  });
  wait_until_parked(manager_);
  expect_ends_after(20ms, [&] {
    std::byte byte;
    EXPECT_TRUE(error_of(server_.read(std::span(&byte, 1), 20ms)).timed_out());
  });
  give(client_, "x");
}

// T09, all 19 lengths and three times, in several threads at once.
TEST(StressTiming, NeverEndsEarly) {
  const auto manager = make_manager();
  constexpr nanoseconds lengths[] = {
      1ns,           2ns,           5ns,           50ns,           100ns,
      200ns,         500ns,         750ns,         1000ns,         5000ns,
      25'000ns,      250'000ns,     500'000ns,     1'000'000ns,    5'000'000ns,
      100'000'000ns, 250'000'000ns, 500'000'000ns, 1'000'000'000ns};
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      auto [client, server] = make_pair(manager);
      for (int i = 0; i < 3; ++i)
        for (const nanoseconds length : lengths) {
          std::byte byte;
          const auto start = steady_clock::now();
          EXPECT_TRUE(error_of(server.read(std::span(&byte, 1), length)).timed_out());
          EXPECT_GE(steady_clock::now() - start, length);
        }
    });
}

}  // namespace
}  // namespace mtcp::test
