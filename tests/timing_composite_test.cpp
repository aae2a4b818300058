// Calls that move bytes several times: the time is for the whole call, or for silence.

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/busy_peer.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

bool never(std::string_view) {
  return false;
}

/// All reads and writes that may take several steps, each as long as `bytes` are not moved.
struct Composite {
  const char* name;
  Result<void> (*run)(TcpStream& stream, std::size_t bytes, Timeout timeout);
};

constexpr std::array<Composite, 3> composite_reads = {{
    {"read_exact",
     [](TcpStream& stream, std::size_t bytes, Timeout timeout) -> Result<void> {
       const auto buffer = std::make_unique_for_overwrite<std::byte[]>(bytes);
       return stream.read_exact(std::span(buffer.get(), bytes), timeout);
     }},
    {"read_to_end",
     [](TcpStream& stream, std::size_t bytes, Timeout timeout) -> Result<void> {
       std::string buffer;
       const auto result = stream.read_to_end(buffer, bytes, timeout);
       if (!result) return std::unexpected(result.error());
       return {};
     }},
    {"read_all",
     [](TcpStream& stream, std::size_t bytes, Timeout timeout) -> Result<void> {
       std::string buffer;
       return stream.read_all(buffer, {.timeout = timeout},
                              [=](std::string_view seen) { return seen.size() >= bytes; });
     }},
}};

/// In the times here, and yet a buffer for it fits into the memory of a 32-bit process.
constexpr std::size_t more_than_comes = std::size_t{1} << 30;

/// Writes `megabytes` of the same block: more than is in memory.
Result<void> write_megabytes(TcpStream& stream, std::size_t megabytes, Timeout timeout) {
  static const std::vector<std::byte> block(1 << 20);
  return stream.write_all(std::vector<ConstBytes>(megabytes, block), timeout);
}

class TimingOfComposites : public Connected {};

// T20: a byte now and then does not stretch it (slow loris).
TEST_F(TimingOfComposites, TakesTheWholeReadHoweverItsBytesTrickle) {
  const BusyPeer peer(std::move(client_), trickle(5ms));
  for (const auto& [name, run] : composite_reads) {
    SCOPED_TRACE(name);
    expect_ends_after(60ms, [&] {
      const auto error = error_of(run(server_, 1'000'000, 60ms));
      EXPECT_TRUE(error.timed_out()) << error.message();
      EXPECT_GT(error.transferred(), 0U);
    });
  }
}

// T21
TEST_F(TimingOfComposites, TakesTheWholeWriteHoweverItsBytesAreSipped) {
  const BusyPeer peer(std::move(server_), sip(1024, 5ms));
  expect_ends_after(60ms, [&] {
    const auto error = error_of(write_megabytes(client_, 64, 60ms));
    EXPECT_TRUE(error.timed_out()) << error.message();
    EXPECT_LT(error.transferred(), 64U << 20);
  });
}

TEST_F(TimingOfComposites, CountsTheTimeThatThePredicateTakes) {
  give(client_, "x");
  std::string text;
  expect_ends_after(30ms, [&] {
    const auto error = error_of(server_.read_all(text, {.timeout = 30ms}, [&](std::string_view) {
      EXPECT_TRUE(manager_.sleep(20ms));
      return false;
    }));
    EXPECT_TRUE(error.timed_out());
  });
}

TEST_F(TimingOfComposites, ADeadlineBoundsADialogueAsAWhole) {
  const BusyPeer peer(std::move(client_), [](const TcpManager& manager, TcpStream& stream) {
    std::byte byte;  // echoes each byte after a while
    return stream.read_exact(std::span(&byte, 1)) && manager.sleep(2ms) &&
           stream.write_all(std::span(&byte, 1));
  });
  expect_ends_after(60ms, [&] {
    const Deadline deadline = 60ms;
    Result<void> result;
    while (result) {
      result = server_.write_all("x"sv, deadline);
      std::byte byte;
      if (result) result = server_.read_exact(std::span(&byte, 1), deadline);
    }
    EXPECT_TRUE(result.error().timed_out());
  });
}

// The deadline holds also when data never stops coming.
TEST_F(TimingOfComposites, EndsReadsThatAreFloodedWithData) {
  or_raise(server_.set_receive_buffer_size(65536));
  const BusyPeer peer(std::move(client_), flood());
  for (const auto& [name, run] : composite_reads) {
    SCOPED_TRACE(name);
    expect_ends_after(30ms, [&] {
      const auto error = error_of(run(server_, more_than_comes, 30ms));
      EXPECT_TRUE(error.timed_out()) << error.message();
      EXPECT_GT(error.transferred(), 0U);
    });
  }
}

TEST_F(TimingOfComposites, EndsAWriteWhoseReaderNeverStops) {
  const BusyPeer peer(std::move(server_), drain());
  expect_ends_after(30ms, [&] {
    const auto error = error_of(write_megabytes(client_, 1 << 20, 30ms));
    EXPECT_TRUE(error.timed_out()) << error.message();
    EXPECT_GT(error.transferred(), 0U);
  });
}

TEST_F(TimingOfComposites, CountsExactlyWhatAFloodedReadTook) {
  std::size_t sent = 0;
  const std::vector<std::byte> block(10'000);
  BusyPeer peer(std::move(client_), [&](const TcpManager&, TcpStream& stream) {
    const auto result = stream.write(block);
    sent += result ? *result : 0;
    return result.has_value();
  });
  const auto error = error_of(composite_reads[0].run(server_, more_than_comes, 20ms));
  auto client = peer.stop();
  or_raise(client.shutdown(Shutdown::Write));
  EXPECT_EQ(error.transferred() + take_rest(server_).size(), sent);
}

/// Lets one more byte arrive whenever the library looks at `from`'s peer, so that data never stops
/// coming however fast it is taken.
class OneMoreByteEachTime {
 public:
  OneMoreByteEachTime(const TcpStream& from, const TcpStream& to)
      : judge_([from = from.native_handle(),
                to = static_cast<int>(to.native_handle())](const SystemCall& call) {
          if (call.descriptor == to) raw::send_byte(from);
          return Verdict::pass();
        }) {}

 private:
  SystemCallJudge judge_;
};

// What is ready at the moment they see their deadline passed is still taken, no more.
TEST_F(TimingOfComposites, PastTheDeadlineTakesWhatIsReadyAndNoMore) {
  for (const auto& [name, run] : composite_reads) {
    SCOPED_TRACE(name);
    give(client_, "12345678");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    const OneMoreByteEachTime more(client_, server_);
    const auto error = error_of(run(server_, 10'000, 0s));
    EXPECT_TRUE(error.timed_out()) << error.message();
    EXPECT_GE(error.transferred(), 8U);
    EXPECT_LE(error.transferred(), 20U);
  }
}

// idle(...): any machine may be slow now and then, so each of these is tried with longer and longer
// times, until bytes came as often as was meant.
template <class Test>
void with_growing_times(Test test) {
  for (milliseconds unit = 4ms; unit <= 500ms; unit *= 2)
    if (test(unit)) return;
  ADD_FAILURE() << "a peer that was never silent was taken for silent";
}

class Idle : public Connected {};

TEST_F(Idle, LetsAReadGoOnAsLongAsBytesCome) {
  with_growing_times([&](milliseconds unit) {
    auto [client, server] = make_pair(manager_);
    const BusyPeer trickling(std::move(client), trickle(unit));
    for (const auto& [name, run] : composite_reads) {
      if (name == "read_to_end"sv) continue;  // ends with the stream only
      Result<void> result;
      const auto took = elapsed([&] { result = run(server, 15, idle(8 * unit)); });
      if (!result) return false;
      EXPECT_GE(took, 10 * unit) << "the whole call took longer than any silence";
    }
    return true;
  });
}

TEST_F(Idle, LetsAWriteGoOnAsLongAsBytesAreTaken) {
  with_growing_times([&](milliseconds unit) {
    auto [client, server] = make_pair(manager_);
    const BusyPeer sipping(std::move(server), sip(1 << 20, unit));
    Result<void> result;
    const auto took = elapsed([&] { result = write_megabytes(client, 32, idle(12 * unit)); });
    return result && took >= 12 * unit;
  });
}

TEST_F(Idle, EndsAfterSilence) {
  for (const auto& [name, run] : composite_reads) {
    SCOPED_TRACE(name);
    give(client_, "abc");
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    const auto start = std::chrono::steady_clock::now();
    const auto error = error_of(run(server_, 100, idle(20ms)));
    EXPECT_TRUE(error.timed_out());
    EXPECT_EQ(error.transferred(), 3U);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
  }
  expect_ends_after(20ms, [&] {
    std::array<std::byte, 4> buffer;
    EXPECT_TRUE(error_of(server_.read_exact(buffer, idle(20ms))).timed_out());
  });
}

TEST_F(Idle, StartsAnewWithEachByte) {
  with_growing_times([&](milliseconds unit) {
    auto [client, server] = make_pair(manager_);
    std::atomic<std::chrono::steady_clock::time_point> sent;
    const BusyPeer peer(std::move(client), [&](const TcpManager& manager, TcpStream& stream) {
      if (!manager.sleep(unit)) return false;
      sent = std::chrono::steady_clock::now();
      return stream.write_all("x"sv) && manager.sleep(Deadline::never());
    });
    std::array<std::byte, 4> buffer;
    const auto error = error_of(server.read_exact(buffer, idle(8 * unit)));
    const auto end = std::chrono::steady_clock::now();
    EXPECT_TRUE(error.timed_out());
    if (error.transferred() == 0) return false;
    EXPECT_GE(end, sent.load() + 8 * unit) << "silence counts from the byte on";
    return true;
  });
}

// T34
TEST_F(Idle, WithinEndsWithTheWhole) {
  const BusyPeer peer(std::move(client_), trickle(2ms));
  for (const auto& [name, run] : composite_reads) {
    SCOPED_TRACE(name);
    expect_ends_after(60ms, [&] {
      EXPECT_TRUE(error_of(run(server_, 1'000'000, idle(10s).within(60ms))).timed_out());
    });
    expect_ends_after(40ms, [&] {
      const Deadline deadline = 40ms;
      EXPECT_TRUE(error_of(run(server_, 1'000'000, idle(10s).within(deadline))).timed_out());
    });
  }
}

TEST_F(Idle, WithinEndsWithSilence) {
  expect_ends_after(20ms, [&] {
    std::array<std::byte, 4> buffer;
    EXPECT_TRUE(error_of(server_.read_exact(buffer, idle(20ms).within(10s))).timed_out());
  });
}

TEST_F(Idle, WithinHoldsAlsoWhenDataNeverStopsComing) {
  or_raise(server_.set_receive_buffer_size(65536));
  const BusyPeer peer(std::move(client_), flood());
  expect_ends_after(30ms, [&] {
    const auto error =
        error_of(composite_reads[0].run(server_, more_than_comes, idle(10s).within(30ms)));
    EXPECT_TRUE(error.timed_out());
  });
}

// A reader that is slow itself does not make the peer silent: data that is ready is taken, and
// taking it starts the time anew.
TEST_F(Idle, IsNotUsedUpByASlowPredicate) {
  give(client_, "a");
  std::string text;
  const auto slow = [&](std::string_view seen) {
    give(client_, "b");
    EXPECT_TRUE(manager_.sleep(8ms));
    EXPECT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    return seen.size() >= 6;
  };
  EXPECT_TRUE(server_.read_all(text, {.timeout = idle(5ms), .chunk = 1}, slow));
  EXPECT_EQ(text, "abbbbb");
}

TEST_F(Idle, OfZeroTakesAllThatIsReady) {
  give(client_, std::string(10'000, 'x'));
  std::string text;
  while (text.size() < 10'000) {
    ASSERT_TRUE(manager_.wait_readable(server_.native_handle(), 60s));
    EXPECT_TRUE(
        error_of(server_.read_all(text, {.timeout = idle(0s), .chunk = 7}, never)).timed_out());
  }
  EXPECT_EQ(text.size(), 10'000U);
}

}  // namespace
}  // namespace mtcp::test
