#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/seed.hpp"
#include "support/system_calls.hpp"

// Random operations with random timeouts, cancels and short transfers, in both directions at once,
// against the simplest model of a stream: byte n of what was written is byte n of what is read.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Random = std::mt19937_64;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::size_t upto(Random& random, std::size_t most) {
  return static_cast<std::size_t>(random() % (most + 1));
}

/// Mostly short, some that are over already, some that never are.
Timeout random_timeout(Random& random) {
  const std::chrono::microseconds length(upto(random, 2000));
  switch (upto(random, 6)) {
    case 0:
      return 0s;
    case 1:
      return Deadline(-1ms);
    case 2:
      return Deadline(length);
    case 3:
      return idle(length);
    case 4:
      return idle(length).within(2 * length);
    case 5:
      return 1h;
    default:
      return length;
  }
}

/// The bytes that the operation moved; any other error than the expected ones is raised.
template <class T>
std::size_t moved_by(const Result<T>& result, std::size_t if_done) {
  if (result) return if_done;
  const auto& error = result.error();
  if (error.kind() == TcpError::Kind::Failed) error.raise();
  return error.transferred();
}

/// Writes the pattern by random operations.
class Writer {
 public:
  Writer(TcpStream& stream, std::uint64_t seed) : stream_(stream), random_(seed) {}

  /// Until `end`; then it shuts down its half, and returns how much it wrote.
  std::size_t run(Deadline end) {
    while (!end.expired()) step();
    or_raise(stream_.shutdown(Shutdown::Write));
    return written_;
  }

 private:
  void step() {
    const auto bytes = pattern(upto(random_, upto(random_, 3) == 0 ? 300'000 : 300), written_);
    const auto timeout = random_timeout(random_);
    switch (upto(random_, 2)) {
      case 0: {
        const auto count = stream_.write(bytes, timeout);
        written_ += moved_by(count, count.value_or(0));
        break;
      }
      case 1:
        written_ += moved_by(stream_.write_all(bytes, timeout), bytes.size());
        break;
      default:
        written_ += moved_by(stream_.write_all(cut(bytes), timeout), bytes.size());
    }
  }

  std::vector<ConstBytes> cut(std::span<const std::byte> bytes) {
    std::vector<ConstBytes> pieces;
    const auto largest = 1 + upto(random_, bytes.size());
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), upto(random_, largest)));
      pieces.emplace_back(piece);
      bytes = bytes.subspan(piece.size());
    }
    return pieces;
  }

  TcpStream& stream_;
  Random random_;
  std::size_t written_ = 0;
};

/// Reads by random operations, and checks that it is the pattern.
class Reader {
 public:
  Reader(TcpStream& stream, std::uint64_t seed) : stream_(stream), random_(seed) {}

  /// Until the end of the stream, or the first wrong byte; returns how much it read.
  std::size_t run() {
    while (!ended_) step();
    return read_;
  }

 private:
  void step() {
    const auto size = 1 + upto(random_, upto(random_, 3) == 0 ? 200'000 : 200);
    const auto timeout = random_timeout(random_);
    switch (upto(random_, 4)) {
      case 0:
        return read(size, timeout);
      case 1:
        return peek(size, timeout);
      case 2:
        return read_exact(size, timeout);
      case 3:
        return read_all(size, timeout);
      default:
        return read_to_end(size, timeout);
    }
  }

  void read(std::size_t size, Timeout timeout) {
    std::vector<std::byte> buffer(size);
    const auto count = stream_.read(buffer, timeout);
    take(buffer, moved_by(count, count.value_or(0)));
    if (count && *count == 0) ended_ = true;
  }

  void peek(std::size_t size, Timeout timeout) {
    std::vector<std::byte> buffer(size);
    const auto count = stream_.peek(buffer, timeout);
    const auto seen = moved_by(count, count.value_or(0));
    if (!is_pattern(std::span(buffer).first(seen), read_)) ended_ = true;
  }

  void read_exact(std::size_t size, Timeout timeout) {
    std::vector<std::byte> buffer(size);
    const auto done = stream_.read_exact(buffer, timeout);
    take(buffer, moved_by(done, size));
    note_end(done);
  }

  void read_all(std::size_t size, Timeout timeout) {
    std::vector<std::byte> buffer(upto(random_, 3));
    const auto held = buffer.size();
    const ReadAll options{timeout, upto(random_, 5000), held + upto(random_, 2 * size)};
    const auto done = stream_.read_all(buffer, options, [&](std::span<const std::byte> seen) {
      return seen.size() >= held + size;
    });
    take(std::span(buffer).subspan(held), moved_by(done, buffer.size() - held));
    note_end(done);
  }

  void read_to_end(std::size_t size, Timeout timeout) {
    std::vector<std::byte> buffer;
    const auto count = stream_.read_to_end(buffer, upto(random_, 9) == 0 ? no_limit : size,
                                           timeout.is_default() ? Timeout(1ms) : timeout);
    take(buffer, moved_by(count, count.value_or(0)));
    if (count) ended_ = true;
  }

  void take(std::span<const std::byte> buffer, std::size_t count) {
    if (!is_pattern(buffer.first(count), read_)) ended_ = true;
    read_ += count;
  }

  void note_end(const Result<void>& done) {
    if (!done && done.error().kind() == TcpError::Kind::Incomplete) ended_ = true;
  }

  TcpStream& stream_;
  Random random_;
  std::size_t read_ = 0;
  bool ended_ = false;
};

/// Cancels and restarts at random, until told to stop.
std::future<void> disturb(const TcpManager& manager, const std::atomic<bool>& stop,
                          std::uint64_t seed) {
  return std::async(std::launch::async, [&manager, &stop, random = Random(seed)]() mutable {
    while (!stop) {
      std::this_thread::sleep_for(std::chrono::microseconds(upto(random, 3000)));
      manager.canceller().cancel();
      if (upto(random, 1) == 0)
        std::this_thread::sleep_for(std::chrono::microseconds(upto(random, 100)));
      manager.restart();
    }
  });
}

/// Interrupts and shortens system calls at random. Thread-safe.
SystemCallJudge::Judge hindrance(std::uint64_t seed) {
  auto count = std::make_shared<std::atomic<std::uint64_t>>(seed);
  return [count](const SystemCall& call) {
    const bool moves = call.name == "recv" || call.name == "send" || call.name == "sendmsg";
    if (!moves && call.name != "ppoll") return Verdict::pass();
    Random random(count->fetch_add(1));
    const auto dice = upto(random, 9);
    if (dice == 0) return Verdict::fail(EINTR);
    if (dice == 1 && moves) return Verdict::fail(EAGAIN);
    if (dice < 5 && moves) return Verdict::shorten(1 + upto(random, 5000));
    return Verdict::pass();
  };
}

struct Conversation {
  std::size_t written;
  std::size_t read;
};

/// Both directions for `length`; what each side wrote and the other read.
std::array<Conversation, 2> converse(Pair& pair, std::uint64_t seed, Deadline end) {
  auto write = [&](TcpStream& stream, std::uint64_t own) {
    return std::async(std::launch::async,
                      [&stream, own, end] { return Writer(stream, own).run(end); });
  };
  auto read = [&](TcpStream& stream, std::uint64_t own) {
    return std::async(std::launch::async, [&stream, own] { return Reader(stream, own).run(); });
  };
  auto there = write(pair.client, seed + 1), back = write(pair.server, seed + 2);
  auto arrived = read(pair.server, seed + 3), returned = read(pair.client, seed + 4);
  return {Conversation{there.get(), arrived.get()}, Conversation{back.get(), returned.get()}};
}

void expect_exact(const std::array<Conversation, 2>& conversations) {
  for (const auto& [written, read] : conversations) {
    EXPECT_EQ(read, written);
    EXPECT_GT(written, 100'000U) << "hardly anything was tried";
  }
}

TEST(StressStream, IsExactUnderTimeoutsAndCancels) {
  const auto seed = make_seed();
  const auto client_manager = make_manager();
  auto pair = make_pair(client_manager);
  const auto server_manager = or_raise(make_manager().child());
  pair.server.tie(server_manager);
  std::atomic<bool> stop = false;
  auto first = disturb(client_manager, stop, seed + 5);
  auto second = disturb(server_manager, stop, seed + 6);
  expect_exact(converse(pair, seed, 4s));
  stop = true;
}

TEST(StressStream, IsExactUnderShortAndInterruptedSystemCallsToo) {
  const auto seed = make_seed();
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  or_raise(pair.client.set_send_buffer_size(20'000));
  or_raise(pair.server.set_receive_buffer_size(20'000));
  std::atomic<bool> stop = false;
  const SystemCallJudge judge(hindrance(seed));
  auto disturbing = disturb(manager, stop, seed + 5);
  expect_exact(converse(pair, seed, 4s));
  stop = true;
}

/// Reads until something ends it, and expects that it is a reset, again and again.
void read_until_reset(TcpStream& stream, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::byte> buffer(1 + upto(random, 5000));
  for (;;) {
    const auto count = stream.read(buffer, random_timeout(random));
    if (count) {
      ASSERT_NE(*count, 0U) << "a reset was reported as a clean end";
      continue;
    }
    if (count.error().kind() != TcpError::Kind::Failed) continue;
    ASSERT_EQ(count.error(), std::errc::connection_reset) << count.error().message();
    ASSERT_EQ(error_of(stream.read(buffer)), std::errc::connection_reset);
    return;
  }
}

/// Does what may see the reset first, until it has.
void write_until_reset(TcpStream& stream, std::uint64_t seed) {
  Random random(seed);
  const auto bytes = pattern(3000);
  for (;;) {
    if (upto(random, 3) == 0 && or_raise(stream.take_error())) return;
    const auto done = stream.write_all(bytes, random_timeout(random));
    if (!done && done.error().kind() == TcpError::Kind::Failed) return;
  }
}

TEST(StressReset, IsNeverACleanEnd) {
  const auto seed = make_seed();
  const auto manager = make_manager();
  const Deadline end(4s);
  for (std::uint64_t round = seed; !end.expired() && !::testing::Test::HasFailure(); ++round) {
    Random random(round);
    auto pair = make_pair(manager);
    auto clone = or_raise(pair.server.try_clone());
    std::vector<std::future<void>> all;
    all.push_back(std::async([&] { read_until_reset(pair.server, round + 1); }));
    all.push_back(std::async([&] { read_until_reset(clone, round + 2); }));
    all.push_back(std::async([&] { write_until_reset(clone, round + 3); }));
    or_raise(pair.client.write_all(pattern(upto(random, 100'000)), 60s));
    if (upto(random, 1) == 0) or_raise(pair.server.shutdown(Shutdown::Write));
    std::this_thread::sleep_for(std::chrono::microseconds(upto(random, 300)));
    reset(std::move(pair.client));
    for (auto& each : all) each.get();
  }
}

}  // namespace
}  // namespace mtcp::test
