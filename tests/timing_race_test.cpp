// Threads that come in between: no timeout is stretched, nothing is lost.

#include <array>
#include <atomic>
#include <chrono>
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

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

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
