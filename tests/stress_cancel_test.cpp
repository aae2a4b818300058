#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/cancel_ways.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/seed.hpp"

// Cancel against everything that it can meet, with every byte and every connection counted.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937_64;

constexpr auto length = 5s;

std::size_t below(Random& random, std::size_t size) {
  return static_cast<std::size_t>(random() % size);
}

std::chrono::microseconds upto(Random& random, unsigned microseconds) {
  return std::chrono::microseconds(random() % (microseconds + 1));
}

/// Exact where sleeping is not.
void spin_until(Deadline moment) {
  while (!moment.expired()) continue;
}

/// A thread that does something at a moment of each round, at the same time as another thread does
/// its part.
class Opponent {
 public:
  explicit Opponent(std::function<void()> action)
      : thread_([this, action = std::move(action)](const std::stop_token& stop) {
          for (unsigned round = 1; next(round, stop); ++round) {
            spin_until(moment_);
            action();
            done_ = round;
          }
        }) {}
  ~Opponent() { thread_.request_stop(); }

  void act_at(Deadline moment) {
    moment_ = moment;
    ++round_;
  }
  void wait() const {
    while (done_ != round_) std::this_thread::yield();
  }

 private:
  bool next(unsigned round, const std::stop_token& stop) const {
    while (round_ != round) {
      if (stop.stop_requested()) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<unsigned> round_{0};
  std::atomic<unsigned> done_{0};
  Deadline moment_;  // handed over by round_
  std::jthread thread_;
};

/// How often each of two outcomes came about; a race that never goes one of its ways is none.
struct Tally {
  unsigned cancelled = 0;
  unsigned other = 0;

  void expect_both() const {
    EXPECT_GT(cancelled, 0U);
    EXPECT_GT(other, 0U);
  }
};

TEST(StressCancel, AtTheMomentOfTheDeadlineIsOneOrTheOther) {  // C24
  Random random(make_seed());
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  std::optional<Opponent> opponent(std::in_place, [&] { manager.canceller().cancel(); });
  Tally tally;
  const Deadline end(length);
  for (int round = 0; round < 10'000 && !end.expired(); ++round) {
    const auto start = std::chrono::steady_clock::now();
    opponent->act_at(start + 100us + upto(random, 400));
    std::array<char, 1> byte{};
    const auto outcome = server.read(byte, Deadline(start + 300us));
    ASSERT_FALSE(outcome);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, 5s);
    if (outcome.error().cancelled()) {
      ++tally.cancelled;
      EXPECT_GE(took, 100us);
    } else {
      ++tally.other;
      ASSERT_TRUE(outcome.error().timed_out()) << outcome.error().message();
      EXPECT_GE(took, 300us);
    }
    opponent->wait();
    ASSERT_TRUE(manager.restart());
  }
  tally.expect_both();
  opponent.reset();
  EXPECT_LT(processor_time([&] { or_raise(manager.sleep(200ms)); }), 100ms);
}

TEST(StressCancel, AtTheMomentWhenDataComesLosesNothing) {  // C25
  Random random(make_seed());
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  client.tie(make_manager());
  Opponent opponent([&] { manager.canceller().cancel(); });
  Tally tally;
  std::size_t read = 0;
  std::size_t written = 0;
  const Deadline end(length);
  for (; written < 10'000 && !end.expired(); ++written) {
    const auto start = std::chrono::steady_clock::now();
    opponent.act_at(start + upto(random, 200));
    auto sent = std::async(std::launch::async, [&, moment = start + upto(random, 200)] {
      spin_until(moment);
      or_raise(client.write_all(pattern(1, written)));
    });
    std::array<std::byte, 10> buffer{};
    const auto outcome = server.read(buffer, 60s);
    ++(outcome ? tally.other : tally.cancelled);
    if (outcome) {
      ASSERT_TRUE(is_pattern(std::span(buffer).first(*outcome), read));
      read += *outcome;
    } else {
      ASSERT_TRUE(outcome.error().cancelled()) << outcome.error().message();
    }
    sent.get();
    opponent.wait();
    ASSERT_TRUE(manager.restart());
  }
  tally.expect_both();
  std::vector<std::byte> rest(written - read);
  or_raise(server.read_exact(rest, 60s));
  EXPECT_TRUE(is_pattern(rest, read));
}

/// Reads byte by byte until the end of the stream; each read ends in one of the four ways and in
/// time.
std::size_t read_all_bytes(TcpStream& stream) {
  for (std::size_t read = 0;;) {
    std::array<std::byte, 1> byte{};
    Result<std::size_t> outcome;
    EXPECT_LT(elapsed([&] { outcome = stream.read(byte, 50ms); }), 5s);
    if (!outcome) {
      EXPECT_NE(outcome.error().kind(), TcpError::Kind::Failed) << outcome.error().message();
    } else if (*outcome == 0) {
      return read;
    } else if (!is_pattern(byte, read++)) {
      return 0;
    }
  }
}

TEST(StressCancel, AndRestartInALoopLoseNoByteOfReadersWithTimeouts) {  // C23
  const auto seed = make_seed();
  const auto manager = make_manager();
  auto [client, server] = make_pair(make_manager());
  server.tie(or_raise(manager.child()));
  auto reader = std::async(std::launch::async, [&] { return read_all_bytes(server); });
  std::atomic<bool> over{false};
  std::vector<std::jthread> others;
  for (unsigned i = 0; i < 2; ++i)
    others.emplace_back([&, random = Random(seed + i)]() mutable {
      while (!over) {
        manager.canceller().cancel();
        if (random() % 2 == 0) spin_until(upto(random, 50));
        manager.restart();
        if (random() % 8 == 0) std::this_thread::sleep_for(upto(random, 500));
      }
    });
  std::size_t written = 0;
  Random random(seed + 2);
  for (const Deadline end(length); !end.expired(); std::this_thread::sleep_for(upto(random, 300))) {
    const auto some = pattern(1 + below(random, 20), written);
    or_raise(client.write_all(some));
    written += some.size();
  }
  or_raise(client.shutdown(Shutdown::Write));
  EXPECT_EQ(reader.get(), written);
  over = true;
}

/// Connects again and again and says hello with a number of its own each time that it has
/// succeeded.
std::set<std::string> connect_often(const TcpManager& manager, const SocketAddr& address, int who,
                                    Deadline end) {
  std::set<std::string> numbers;
  const auto farewell = make_manager();
  while (!end.expired()) {
    auto stream = TcpStream::connect(manager, address, 10ms);
    if (!stream) {
      EXPECT_NE(stream.error().kind(), TcpError::Kind::Failed) << stream.error().message();
      continue;
    }
    stream->tie(farewell);
    const auto number = std::to_string(who * 10'000'000 + static_cast<int>(numbers.size()));
    give(*stream, number);
    numbers.insert(number);
  }
  return numbers;
}

/// Accepts until `over` and nobody is left; returns what the connections said.
std::set<std::string> accept_all(TcpListener& listener, const std::atomic<bool>& over) {
  std::set<std::string> numbers;
  const auto outside = make_manager();
  for (;;) {
    auto connection = listener.accept(10ms);
    if (connection) {
      auto stream = or_raise(TcpStream::from(outside, std::move(*connection)));
      if (const auto said = take_rest(stream); !said.empty()) numbers.insert(said);
    } else {
      EXPECT_NE(connection.error().kind(), TcpError::Kind::Failed) << connection.error().message();
      if (connection.error().timed_out() && over) return numbers;
    }
  }
}

TEST(StressCancel, LosesNoConnection) {
  const auto seed = make_seed();
  const DescriptorGuard descriptors;
  const auto manager = make_manager();
  const auto children = std::array{or_raise(manager.child()), or_raise(manager.child())};
  auto listener = make_listener(children[0]);
  const auto address = or_raise(listener.local_addr());
  std::atomic<bool> over{false};
  auto acceptor = std::async(std::launch::async, [&] { return accept_all(listener, over); });
  std::jthread canceller([&, random = Random(seed)](const std::stop_token& stop) mutable {
    while (!stop.stop_requested()) {
      const auto& chosen = random() % 2 == 0 ? manager : children[random() % 2];
      std::this_thread::sleep_for(upto(random, 300));
      chosen.canceller().cancel();
      chosen.restart();
    }
  });
  std::vector<std::future<std::set<std::string>>> connectors;
  for (int i = 1; i <= 2; ++i)
    connectors.push_back(std::async(
        std::launch::async, [&, i] { return connect_often(children[1], address, i, length); }));
  std::set<std::string> connected;
  for (auto& each : connectors) connected.merge(each.get());
  over = true;
  canceller.request_stop();
  EXPECT_EQ(acceptor.get(), connected);
  EXPECT_GT(connected.size(), 10U);
}

TEST(StressCancel, FromHandlersAndThreadsInAFamilyOfManagers) {
  const auto seed = make_seed();
  std::vector<TcpManager> family = {make_manager()};
  for (std::size_t i = 0; i < 6; ++i) family.push_back(or_raise(family[i / 2].child()));
  const auto root = family.front().canceller();
  const CancelBy by_handler(Way::OtherHandler, root);
  std::atomic<bool> over{false};
  std::atomic<unsigned> ended{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < 6; ++i)
    threads.emplace_back([&, random = Random(seed + i)]() mutable {
      while (!over) {
        const auto& manager = family[below(random, family.size())];
        const auto least = upto(random, 500);
        const auto start = std::chrono::steady_clock::now();
        const auto slept = manager.sleep(Deadline(start + least));
        const auto took = std::chrono::steady_clock::now() - start;
        if (slept) {
          EXPECT_GE(took, least);
        } else {
          EXPECT_TRUE(slept.error().cancelled()) << slept.error().message();
        }
        ++ended;
      }
    });
  for (unsigned i = 0; i < 3; ++i)
    threads.emplace_back([&, random = Random(seed + 10 + i)]() mutable {
      while (!over) {
        const auto& manager = family[below(random, family.size())];
        if (random() % 4 == 0)
          by_handler();
        else
          manager.canceller().cancel();
        family[below(random, family.size())].restart();
        std::this_thread::sleep_for(upto(random, 100));
      }
    });
  std::this_thread::sleep_for(length);
  over = true;
  threads.clear();
  for (const auto& manager : family) manager.restart();
  for (const auto& manager : family) EXPECT_TRUE(manager.sleep(1ms));
  EXPECT_LT(processor_time([&] { or_raise(family.back().sleep(200ms)); }), 100ms);
  EXPECT_GT(ended, 100U);
}

}  // namespace
}  // namespace mtcp::test
