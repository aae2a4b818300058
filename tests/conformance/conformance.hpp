#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "conformance/stream_kind.hpp"

namespace mtcp::test {

/// Longer than anything takes that ends at all.
inline constexpr std::chrono::seconds patience{60};

/// One of the ways to read or to write. The reading ones want exactly as many bytes as fit into
/// `bytes`; what they read is there if they succeed. peek leaves it in the stream.
struct Call {
  std::string_view name;
  std::optional<Extra> needs;
  std::function<Result<void>(AnyStream& stream, std::span<std::byte> bytes, Timeout timeout)> run;
};

/// A limit of time: how it is said for a certain duration, counted from when it is said.
struct Limit {
  std::string_view name;
  Timeout (*of)(std::chrono::nanoseconds duration);
};

/// Every way to say a limit.
std::span<const Limit> all_limits();
/// Those among them that bound a call as a whole, however its bytes trickle.
std::span<const Limit> total_limits();

/// The base of the whole suite: a conversation, and what one does with it.
class Conformance : public ::testing::TestWithParam<StreamKind> {
 protected:
  void SetUp() override;

  Conversation& conversation() { return *conversation_; }
  AnyStream& stream() { return conversation_->stream(); }
  AnyStream& peer() { return conversation_->peer(); }

  void cancel() { conversation_->manager().canceller().cancel(); }
  void restart() { conversation_->manager().restart(); }

  /// Whether this kind lacks `extra`; then the test counts as skipped, and has to return.
  static bool skip_without(Extra extra);
  static bool lacks(Extra extra);

  /// The ways to read and to write that this kind has.
  static std::vector<Call> reads();
  static std::vector<Call> writes();

  /// Runs `operation` in a thread of its own and returns when it is blocked, as the `count`-th. An
  /// operation that ends instead fails the test.
  template <class Operation>
  auto block(Operation operation, unsigned count = 1) {
    auto result = std::async(std::launch::async, std::move(operation));
    wait_until_blocked(count, [&] { return is_ready(result); });
    EXPECT_FALSE(is_ready(result)) << "it did not block";
    return result;
  }

  /// A read of one byte that blocks; what it returns.
  std::future<Result<std::size_t>> block_a_read(Timeout timeout = patience);
  /// A write_all that blocks.
  std::future<Result<void>> block_a_write(Timeout timeout = patience, unsigned count = 1);

  /// Writes the pattern from 0 on until nothing more is taken.
  void fill();
  /// After fill(): writes one byte more. The kernel may have found some room after all: again until
  /// that fails.
  Result<void> write_more(const Call& write, const std::function<Timeout()>& timeout);
  /// How many bytes fill() and write_more() have written.
  std::size_t filled() const { return filled_; }
  /// Expects that bytes go both ways and arrive.
  void expect_alive();
  /// Expects that the peer gets the pattern from 0 to `size`, and then the end of the stream.
  void expect_peer_gets(std::size_t size);
  void expect_reads_cancelled();
  /// Expects of every way to read that it says so, again and again.
  void expect_reset_for_ever();

 private:
  template <class T>
  static bool is_ready(const std::future<T>& result) {
    return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }
  void wait_until_blocked(unsigned count, const std::function<bool()>& over);

  std::unique_ptr<Conversation> conversation_;
  std::size_t filled_ = 0;
};

/// What takes a while, and is tried only where a kind could differ in it.
class ConformanceInTime : public Conformance {};

/// Does the same again and again in a thread of its own, as long as it lives. A step does not block
/// for long.
class AtWork {
 public:
  explicit AtWork(std::function<void()> step);

  /// Ends it.
  void stop();

 private:
  std::jthread thread_;
};

/// Steps for AtWork: sends one byte, then pauses.
std::function<void()> trickle(AnyStream& stream, std::chrono::nanoseconds pause);
/// Receives at most `size` bytes, then pauses; what came is appended to `received`, if there is
/// one.
std::function<void()> sip(AnyStream& stream, std::size_t size, std::chrono::nanoseconds pause,
                          std::vector<std::byte>* received = nullptr);

/// For ends that can be trusted. Each throws if it fails.
void give(AnyStream& stream, std::string_view text);
std::string take(AnyStream& stream, std::size_t size);
/// In pieces of odd sizes:
void give_pattern(AnyStream& stream, std::size_t size, std::size_t offset = 0);
/// All bytes until the end of the stream, in pieces of odd sizes.
std::vector<std::byte> take_rest(AnyStream& stream);

/// 1 to 9,973, seemingly without order.
std::size_t odd_size(std::size_t round);

}  // namespace mtcp::test
