#include <atomic>
#include <future>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

class ReadToEnd : public Connected {};

TEST_F(ReadToEnd, AppendsAllThatComes) {
  const std::string much(1'000'000, 'x');
  auto sending = std::async(std::launch::async, [&] {
    give(client_, much);
    or_raise(client_.shutdown(Shutdown::Write));
  });
  std::string buffer = "old ";
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, no_limit, 60s)), much.size());
  EXPECT_EQ(buffer, "old " + much);
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, no_limit)), 0U);
  sending.get();
}

TEST_F(ReadToEnd, TakesExactlyItsLimit) {
  give(client_, "12345678");
  or_raise(client_.shutdown(Shutdown::Write));
  std::string buffer = "ab";
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, 10, 60s)), 8U);
  EXPECT_EQ(buffer, "ab12345678");
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, 10, 60s)), 0U);
  std::vector<char> empty;
  EXPECT_EQ(or_raise(server_.read_to_end(empty, 0, 60s)), 0U);
}

TEST_F(ReadToEnd, IsTooBigAboveItsLimitAndLeavesTheRestInTheStream) {
  give(client_, "123456789");
  std::string buffer = "ab";
  const auto failed = server_.read_to_end(buffer, 10, 60s);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::TooBig);
  EXPECT_EQ(error_of(failed).transferred(), 8U);
  EXPECT_EQ(buffer, "ab12345678");
  EXPECT_EQ(error_of(server_.read_to_end(buffer, 4, 60s)).kind(), TcpError::Kind::TooBig);
  EXPECT_EQ(take(server_, 1), "9");
}

TEST_F(ReadToEnd, WaitsAtItsLimitForTheEnd) {
  give(client_, "1234");
  await_bytes(server_, 4);
  std::string buffer;
  const auto failed = server_.read_to_end(buffer, 4, 20ms);
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_EQ(error_of(failed).transferred(), 4U);
  auto reading = std::async(std::launch::async, [&] { return server_.read_to_end(buffer, 4); });
  wait_until_parked(manager_);
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(reading.get()), 0U);
  EXPECT_EQ(buffer, "1234");
}

TEST_F(ReadToEnd, GoesOnExactlyThereAfterATimeoutAndACancel) {  // law 2
  std::string buffer;
  give(client_, "one ");
  await_bytes(server_, 4);
  EXPECT_EQ(error_of(server_.read_to_end(buffer, no_limit, 10ms)).transferred(), 4U);
  auto reading =
      std::async(std::launch::async, [&] { return server_.read_to_end(buffer, no_limit); });
  wait_until_parked(manager_);
  give(client_, "two ");
  await_taken(client_, server_);
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto failed = reading.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  EXPECT_EQ(error_of(failed).transferred(), 4U);
  EXPECT_EQ(buffer, "one two ");
  manager_.restart();
  give(client_, "three");
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, no_limit, 60s)), 5U);
  EXPECT_EQ(buffer, "one two three");
}

TEST_F(ReadToEnd, WithAPassedDeadlineTakesWhatIsReady) {
  give(client_, std::string(100'000, 'x'));
  await_bytes(server_, 100'000);
  std::string buffer;
  const auto failed = server_.read_to_end(buffer, no_limit, 0s);
  EXPECT_TRUE(error_of(failed).timed_out());
  EXPECT_EQ(error_of(failed).transferred(), 100'000U);
  EXPECT_EQ(buffer.size(), 100'000U);
  give(client_, "and the end");
  or_raise(client_.shutdown(Shutdown::Write));
  await_bytes(server_, 11);
  await_end(server_);
  EXPECT_EQ(or_raise(server_.read_to_end(buffer, no_limit, -1h)), 11U);
}

TEST_F(ReadToEnd, IsBoundAsAWholeByItsTimeout) {  // T20
  std::atomic<bool> done = false;
  auto trickling = std::async(std::launch::async, [&] {
    while (!done) {
      give(client_, "x");
      or_raise(manager_.sleep(2ms));
    }
  });
  expect_ends_after(50ms, [&] {
    await_bytes(server_, 1);
    std::string buffer;
    EXPECT_TRUE(error_of(server_.read_to_end(buffer, no_limit, 50ms)).timed_out());
    EXPECT_FALSE(buffer.empty());
  });
  done = true;
  trickling.get();
}

}  // namespace
}  // namespace mtcp::test
