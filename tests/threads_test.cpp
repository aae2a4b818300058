#include <array>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Threads : public Connected {};

/// Runs `work` in `count` threads at once, and waits for all; an exception in one of them fails.
template <class Work>
void in_threads(unsigned count, Work work) {
  std::vector<std::future<void>> all;
  for (unsigned i = 0; i < count; ++i) all.push_back(std::async(std::launch::async, work, i));
  for (auto& each : all) each.get();
}

bool receives_pattern(TcpStream& stream, std::size_t size) {
  std::vector<std::byte> received(size);
  or_raise(stream.read_exact(received, 60s));
  return is_pattern(received);
}

TEST_F(Threads, FourMoveDataBothWaysAtOnce) {  // R38: full duplex
  constexpr std::size_t size = 4 << 20;
  const auto bytes = pattern(size);
  in_threads(4, [&](unsigned i) {
    auto& stream = i < 2 ? client_ : server_;
    if (i % 2 == 0) or_raise(stream.write_all(bytes, 60s));
    const bool reads = i % 2 == 1;
    EXPECT_TRUE(!reads || receives_pattern(stream, size));
  });
}

TEST_F(Threads, TwoPlayPingPong) {  // R38
  in_threads(2, [&](unsigned i) {
    auto& stream = i == 0 ? client_ : server_;
    for (int round = 0; round < 1000; ++round) {
      const auto text = std::to_string(10'000 + round);
      if (i == 0) give(stream, text);
      EXPECT_EQ(take(stream, 5), text);
      if (i == 1) give(stream, text);
    }
  });
}

/// What readers got, all together.
class Collected {
 public:
  void add(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    for (const auto byte : bytes) ++counts_[byte];
    size_ += bytes.size();
  }
  std::map<std::byte, std::size_t> counts() const { return counts_; }
  std::size_t size() const { return size_; }

 private:
  std::mutex mutex_;
  std::map<std::byte, std::size_t> counts_;
  std::size_t size_ = 0;
};

TEST_F(Threads, EachByteGoesToExactlyOneReader) {  // R40, law 8
  constexpr std::size_t size = 500'000;
  const auto bytes = pattern(size);
  Collected sent, received;
  sent.add(bytes);
  auto clone = or_raise(server_.try_clone());
  in_threads(5, [&](unsigned i) {
    if (i == 0) {
      for (std::size_t at = 0; at < size; at += 1000)
        or_raise(client_.write_all(std::span(bytes).subspan(at, 1000), 60s));
      or_raise(client_.shutdown(Shutdown::Write));
      return;
    }
    auto& stream = i % 2 == 0 ? server_ : clone;
    std::array<std::byte, 700> buffer;
    for (;;) {
      const auto count = or_raise(stream.read(buffer, 60s));
      if (count == 0) return;  // every reader is told of the end
      received.add(std::span(buffer).first(count));
    }
  });
  EXPECT_EQ(received.size(), size);
  EXPECT_EQ(received.counts(), sent.counts());
}

TEST_F(Threads, NoneSwallowsTheWakeUpOfAnother) {  // R40, law 8
  constexpr unsigned readers = 8;
  std::atomic<unsigned> sum{0};
  auto reading = std::async(std::launch::async, [&] {
    in_threads(readers, [&](unsigned) {
      std::array<char, 1> one{};
      EXPECT_EQ(or_raise(server_.read(one, 60s)), 1U);
      sum += static_cast<unsigned>(one[0] - '0');
    });
  });
  wait_until_parked(manager_, readers);
  give(client_, "12345678");
  reading.get();
  EXPECT_EQ(sum.load(), 36U);
}

TEST_F(Threads, OneThatGivesUpLeavesTheOthersWaiting) {  // law 8
  const auto hasty = make_manager();
  auto clone = or_raise(server_.try_clone());
  clone.tie(hasty);
  std::array<char, 4> buffer{};
  auto patient = std::async(std::launch::async, [&] { return server_.read(buffer, 60s); });
  wait_until_parked(manager_);
  std::array<char, 4> other{};
  EXPECT_TRUE(error_of(clone.read(other, 5ms)).timed_out());
  auto cancelled = std::async(std::launch::async, [&] { return clone.read(other); });
  wait_until_parked(hasty);
  hasty.canceller().cancel();
  EXPECT_TRUE(error_of(cancelled.get()).cancelled());
  EXPECT_EQ(patient.wait_for(0s), std::future_status::timeout);
  give(client_, "data");
  EXPECT_EQ(or_raise(patient.get()), 4U);
}

TEST_F(Threads, OnesDataIsNotOthersBusiness) {  // the ancestor's defect 12, law 8
  auto other = make_pair(manager_);
  std::array<char, 8> buffer{};
  auto waiting = std::async(std::launch::async, [&] { return server_.read(buffer, 60s); });
  wait_until_parked(manager_);
  for (int i = 0; i < 1000; ++i) {
    give(other.client, "x");
    EXPECT_EQ(take(other.server, 1), "x");
  }
  EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
  give(client_, "mine");
  EXPECT_EQ(or_raise(waiting.get()), 4U);
}

TEST_F(Threads, AllAreToldOfTheEnd) {
  auto reading = std::async(std::launch::async, [&] {
    in_threads(8, [&](unsigned) {
      std::array<char, 1> one{};
      EXPECT_EQ(or_raise(server_.read(one, 60s)), 0U);
    });
  });
  wait_until_parked(manager_, 8);
  or_raise(client_.shutdown(Shutdown::Write));
  reading.get();
}

TEST_F(Threads, WritersShareAStreamWithoutLosingBytes) {  // R40
  or_raise(client_.set_send_buffer_size(10'000));
  constexpr std::size_t each = 200'000;
  Collected received;
  in_threads(5, [&](unsigned i) {
    if (i == 0) {
      std::vector<std::byte> all(4 * each);
      or_raise(server_.read_exact(all, 60s));
      received.add(all);
      return;
    }
    const std::vector<std::byte> mine(each, static_cast<std::byte>(i));
    or_raise(client_.write_all(mine, 60s));
  });
  for (unsigned i = 1; i < 5; ++i)
    EXPECT_EQ(received.counts()[static_cast<std::byte>(i)], each) << "of writer " << i;
}

/// Calls what may be called from any threads at once; any answer is right but no crash, no hang.
void call_everything(TcpStream& stream, unsigned which) {
  std::array<char, 16> buffer{};
  std::string text;
  const auto any = [](std::string_view) { return true; };
  switch (which) {
    case 0:
      return static_cast<void>(stream.read(buffer, 100us));
    case 1:
      return static_cast<void>(stream.write("0123456789abcdef"sv, 100us));
    case 2:
      return static_cast<void>(stream.peek(buffer, 0s));
    case 3:
      return static_cast<void>(stream.read_exact(std::span(buffer).first(3), 100us));
    case 4:
      return static_cast<void>(stream.write_all({"abc"sv, "def"sv}, 100us));
    case 5:
      static_cast<void>(stream.read_all(text, {.timeout = 100us}, any));
      return static_cast<void>(stream.read_to_end(text, 10, 0s));
    default:
      static_cast<void>(stream.peer_addr());
      static_cast<void>(stream.local_addr());
      static_cast<void>(stream.take_error());
      static_cast<void>(stream.set_nodelay(true));
      static_cast<void>(stream.keepalive());
      static_cast<void>(stream.try_clone());
  }
}

TEST_F(Threads, AnyNumberCallAnythingAtOnce) {  // R39
  constexpr unsigned methods = 7;
  in_threads(2 * methods, [&](unsigned i) {
    for (int round = 0; round < 100; ++round)
      call_everything(i < methods ? client_ : server_, i % methods);
  });
  give(client_, "usable");
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_TRUE(take_rest(server_).ends_with("usable"));
}

TEST_F(Threads, ShutdownMeetsEverythingElse) {  // R39, R12, R13
  for (int round = 0; round < 20; ++round) {
    auto pair = make_pair(manager_);
    in_threads(8, [&](unsigned i) {
      auto& stream = i % 2 == 0 ? pair.client : pair.server;
      if (i == 7) {
        or_raise(stream.shutdown(Shutdown::Both));
        return;
      }
      for (int n = 0; n < 10; ++n) call_everything(stream, i % 7);
    });
    // Linux answers bytes that come after that with a reset: it was first, or it was not.
    std::array<char, 1> one{};
    const auto end = pair.server.read(one);
    EXPECT_TRUE(end ? *end == 0 : end.error() == std::errc::connection_reset);
  }
}

TEST_F(Threads, AWriterAtWorkDoesNotDelayTheNewsOfTheEnd) {
  or_raise(server_.shutdown(Shutdown::Write));
  await_end(client_);
  std::promise<void> begun, released;
  auto release = released.get_future();
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "send") {  // a long copy, or a thread that is not given the processor
      begun.set_value();
      release.wait_for(500ms);
    }
    return Verdict::pass();
  });
  auto writing = std::async(std::launch::async, [&] { return client_.write("x"sv); });
  begun.get_future().wait();
  std::array<char, 1> one{};
  EXPECT_EQ(or_raise(client_.read(one, 0s)), 0U);
  EXPECT_EQ(writing.wait_for(0s), std::future_status::timeout) << "the reader waited for it";
  released.set_value();
  EXPECT_TRUE(writing.get());
}

// C16: both directions of one stream, blocked, one cancel.
TEST_F(Threads, AReaderAndAWriterOfOneStreamAreBothCancelled) {
  fill(client_);
  std::array<char, 1> one{};
  auto reading = std::async(std::launch::async, [&] { return client_.read(one); });
  auto writing = std::async(std::launch::async, [&] { return client_.write("x"sv); });
  wait_until_parked(manager_, 2);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(reading.get()).cancelled());
  EXPECT_TRUE(error_of(writing.get()).cancelled());
}

}  // namespace
}  // namespace mtcp::test
