#include <future>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// Complete when the buffer holds an empty line.
bool has_empty_line(std::string_view seen) {
  return seen.find("\r\n\r\n") != seen.npos;
}

bool never(std::string_view) {
  return false;
}

class ReadAllUntil : public Connected {
 protected:
  /// Begins to read in another thread, and returns when it waits.
  std::future<Result<void>> begin(std::string& buffer, ReadAll options = {}) {
    auto reading = std::async(std::launch::async, [this, &buffer, options] {
      return server_.read_all(buffer, options, has_empty_line);
    });
    wait_until_parked(manager_);
    return reading;
  }
};

TEST_F(ReadAllUntil, FindsADelimiterThatIsSplitHowever) {  // R26
  const std::string message = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::size_t size : {1U, 2U, 5U, 26U}) {
    std::vector<std::string> shown;
    std::string buffer;
    auto reading = std::async(std::launch::async, [&] {
      return server_.read_all(buffer, {.timeout = 60s}, [&](std::string_view seen) {
        shown.emplace_back(seen);
        return has_empty_line(seen);
      });
    });
    for (std::size_t i = 0; i < message.size(); i += size) {
      wait_until_parked(manager_);
      give(client_, message.substr(i, size));
      await_taken(client_, server_);
    }
    EXPECT_TRUE(reading.get());
    EXPECT_EQ(buffer, message);
    ASSERT_FALSE(shown.empty());
    EXPECT_EQ(shown.back(), message);
    for (const auto& seen : shown) EXPECT_TRUE(message.starts_with(seen) && !seen.empty());
    EXPECT_LE(shown.size(), (message.size() + size - 1) / size);
  }
}

TEST_F(ReadAllUntil, KeepsWhatCameBehindTheDelimiter) {  // R27
  give(client_, "one\r\n\r\ntwo\r\n\r\nthr");
  await_bytes(server_, 17);
  std::string buffer;
  or_raise(server_.read_all(buffer, {}, has_empty_line));
  EXPECT_EQ(buffer, "one\r\n\r\ntwo\r\n\r\nthr");
  EXPECT_TRUE(error_of(server_.read(std::as_writable_bytes(std::span(buffer)), 0s)).timed_out());
}

TEST_F(ReadAllUntil, AsksFirstAboutWhatTheBufferHolds) {  // R30
  std::string buffer = "pipelined\r\n\r\n";
  EXPECT_TRUE(server_.read_all(buffer, {.timeout = 0s}, has_empty_line));
  EXPECT_EQ(buffer, "pipelined\r\n\r\n");
  buffer = "held and ";
  give(client_, "read\r\n\r\n");
  std::vector<std::string> shown;
  or_raise(server_.read_all(buffer, {.timeout = 60s}, [&](std::string_view seen) {
    shown.emplace_back(seen);
    return has_empty_line(seen);
  }));
  EXPECT_EQ(buffer, "held and read\r\n\r\n");
  ASSERT_GE(shown.size(), 2U);
  EXPECT_EQ(shown.front(), "held and ");
}

TEST_F(ReadAllUntil, IsCancelledBeforeItAsks) {  // C01, R22
  manager_.canceller().cancel();
  std::string buffer = "complete\r\n\r\n";
  EXPECT_TRUE(error_of(server_.read_all(buffer, {}, has_empty_line)).cancelled());
}

TEST_F(ReadAllUntil, NeverAsksAboutAnEmptyBuffer) {
  bool asked = false;
  std::string buffer;
  const auto failed = server_.read_all(buffer, {.timeout = 10ms}, [&](std::string_view) {
    asked = true;
    return true;
  });
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_FALSE(asked);
}

TEST_F(ReadAllUntil, ShowsBytesOrTextWhicheverIsTaken) {
  give(client_, "ab");
  await_bytes(server_, 2);
  std::vector<std::byte> bytes;
  or_raise(server_.read_all(bytes, {}, [](std::span<const std::byte> seen) {
    return seen.size() == 2 && seen[0] == std::byte{'a'};
  }));
  EXPECT_EQ(bytes.size(), 2U);
  give(client_, "cd");
  await_bytes(server_, 2);
  or_raise(server_.read_all(bytes, {}, [](std::string_view seen) { return seen == "abcd"; }));
  std::u8string text;
  give(client_, "ef");
  or_raise(server_.read_all(text, {}, [](std::string_view seen) { return seen == "ef"; }));
  EXPECT_TRUE(text == u8"ef");
}

TEST_F(ReadAllUntil, IsIncompleteAtTheEnd) {
  give(client_, "half");
  or_raise(client_.shutdown(Shutdown::Write));
  std::string buffer = "first ";
  const auto failed = server_.read_all(buffer, {.timeout = 60s}, never);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
  EXPECT_EQ(error_of(failed).transferred(), 4U);
  EXPECT_EQ(buffer, "first half");
}

TEST_F(ReadAllUntil, IsTooBigAtTheLimitAndConsumesNothingMore) {  // R28
  give(client_, "0123456789");
  await_bytes(server_, 10);
  std::string buffer = "ab";
  const auto failed = server_.read_all(buffer, {.limit = 8}, never);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::TooBig);
  EXPECT_EQ(error_of(failed), std::errc::message_size);
  EXPECT_EQ(error_of(failed).transferred(), 6U);
  EXPECT_EQ(buffer, "ab012345");
  EXPECT_EQ(take(server_, 4), "6789");
}

TEST_F(ReadAllUntil, SucceedsExactlyAtTheLimit) {  // R28
  give(client_, "12345678");
  await_bytes(server_, 8);
  std::string buffer;
  const auto is_full = [](std::string_view seen) { return seen.size() == 8; };
  EXPECT_TRUE(server_.read_all(buffer, {.limit = 8}, is_full));
  EXPECT_TRUE(server_.read_all(buffer, {.limit = 4}, is_full));  // what it holds is asked about
  EXPECT_EQ(error_of(server_.read_all(buffer, {.limit = 4}, never)).kind(), TcpError::Kind::TooBig);
  EXPECT_EQ(buffer, "12345678");
}

TEST_F(ReadAllUntil, TakesChunksOfAnySize) {  // R28
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{7}, no_limit}) {
    give(client_, "message\r\n\r\n");
    std::string buffer;
    EXPECT_TRUE(server_.read_all(buffer, {.timeout = 60s, .chunk = chunk}, has_empty_line));
    EXPECT_EQ(buffer, "message\r\n\r\n");
    give(client_, "message");
    buffer.clear();
    const ReadAll options{.timeout = 60s, .chunk = chunk, .limit = 3};
    EXPECT_EQ(error_of(server_.read_all(buffer, options, never)).kind(), TcpError::Kind::TooBig);
    EXPECT_EQ(buffer, "mes");
    EXPECT_EQ(take(server_, 4), "sage");
  }
}

TEST_F(ReadAllUntil, AsksForOneChunkAtATime) {
  give(client_, "0123456789");
  await_bytes(server_, 10);
  std::vector<std::size_t> sizes;
  std::string buffer;
  or_raise(server_.read_all(buffer, {.chunk = 4}, [&](std::string_view seen) {
    sizes.push_back(seen.size());
    return seen.size() == 10;
  }));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 8, 10}));
}

TEST_F(ReadAllUntil, LetsAnExceptionOfThePredicateThroughWithNothingLost) {  // R29
  give(client_, "abcdef");
  await_bytes(server_, 6);
  std::string buffer = "> ";
  const auto throws = [](std::string_view seen) -> bool {
    if (seen.size() >= 6) throw std::runtime_error("no");
    return false;
  };
  EXPECT_THROW(static_cast<void>(server_.read_all(buffer, {.chunk = 2}, throws)),
               std::runtime_error);
  EXPECT_EQ(buffer, "> abcd");
  EXPECT_EQ(take(server_, 2), "ef");
}

TEST_F(ReadAllUntil, TakesAPredicateThatIsNotCopiedAndMayChange) {
  struct Counting {
    int asked = 0;
    Counting() = default;
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;
    bool operator()(std::string_view seen) { return ++asked == 3 && seen == "abc"; }
  };
  give(client_, "abc");
  Counting complete;
  std::string buffer;
  or_raise(server_.read_all(buffer, {.timeout = 60s, .chunk = 1}, complete));
  EXPECT_EQ(complete.asked, 3);
}

TEST_F(ReadAllUntil, GoesOnExactlyThereAfterATimeout) {  // law 2
  std::string buffer;
  give(client_, "first ");
  await_bytes(server_, 6);
  const auto failed = server_.read_all(buffer, {.timeout = 20ms}, has_empty_line);
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_EQ(error_of(failed).transferred(), 6U);
  EXPECT_EQ(buffer, "first ");
  give(client_, "second\r\n\r\n");
  or_raise(server_.read_all(buffer, {.timeout = 60s}, has_empty_line));
  EXPECT_EQ(buffer, "first second\r\n\r\n");
}

TEST_F(ReadAllUntil, GoesOnExactlyThereAfterACancel) {  // law 2
  std::string buffer;
  auto reading = begin(buffer);
  give(client_, "first ");
  await_taken(client_, server_);
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto failed = reading.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  EXPECT_EQ(error_of(failed).transferred(), 6U);
  EXPECT_EQ(buffer, "first ");
  manager_.restart();
  give(client_, "second\r\n\r\n");
  or_raise(server_.read_all(buffer, {.timeout = 60s}, has_empty_line));
  EXPECT_EQ(buffer, "first second\r\n\r\n");
}

TEST_F(ReadAllUntil, IsCancelledByItsOwnPredicateAtTheNextCheck) {  // C42
  give(client_, "abcd");
  await_bytes(server_, 4);
  std::string buffer;
  int asked = 0;
  const auto failed = server_.read_all(buffer, {.chunk = 2}, [&](std::string_view) {
    ++asked;
    manager_.canceller().cancel();
    return false;
  });
  EXPECT_TRUE(error_of(failed).cancelled());
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(buffer, "ab");
  manager_.restart();
  EXPECT_EQ(take(server_, 2), "cd");
}

TEST_F(ReadAllUntil, SucceedsIfItsPredicateCancelsAndIsComplete) {
  give(client_, "ab");
  std::string buffer;
  EXPECT_TRUE(server_.read_all(buffer, {.timeout = 60s}, [&](std::string_view) {
    manager_.canceller().cancel();
    return true;
  }));
}

TEST_F(ReadAllUntil, TakesWhatIsReadyWhenItsDeadlineHasPassedAndNoMore) {
  give(client_, "0123456789");
  await_bytes(server_, 10);
  std::string buffer;
  bool more_sent = false;
  const auto failed = server_.read_all(buffer, {.timeout = 0s, .chunk = 4}, [&](auto seen) {
    if (!more_sent && std::size(seen) >= 8) {  // by then it has seen that the time is over
      more_sent = true;
      give(client_, "later");
      await_bytes(server_, 7);
    }
    return false;
  });
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_EQ(buffer, "0123456789");
  EXPECT_EQ(take(server_, 5), "later");
}

TEST_F(ReadAllUntil, IdleTimeStartsAnewWithEveryByteAlsoWhenThePredicateIsSlow) {
  std::string sent = "a";
  give(client_, "a");
  await_bytes(server_, 1);
  std::string buffer;
  // The peer is never silent: a byte is there whenever one is asked for.
  const auto slow = [&](std::string_view seen) {
    if (seen.size() == 6) return true;
    or_raise(manager_.sleep(10ms));
    give(client_, "x");
    await_bytes(server_, 1);
    return false;
  };
  const auto done = server_.read_all(buffer, {.timeout = idle(5ms)}, slow);
  EXPECT_TRUE(done) << done.error().message();
  EXPECT_EQ(buffer, "axxxxx");
}

}  // namespace
}  // namespace mtcp::test
