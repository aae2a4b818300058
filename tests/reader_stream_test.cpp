#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/busy_peer.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// Each of a reader's operations, which here all wait for more than there is.
std::vector<TcpError> each_error(TcpReader& reader, Timeout timeout = {}) {
  std::array<char, 1> byte;
  std::vector errors = {
      error_of(reader.read_line(1000, timeout)), error_of(reader.read_until(";;", 1000, timeout)),
      error_of(reader.read_frame({1, std::endian::big}, 1000, timeout)),
      error_of(reader.read_exact(1000, timeout)), error_of(reader.peek(1000, timeout))};
  if (reader.buffered().empty()) errors.push_back(error_of(reader.read(byte, timeout)));
  return errors;
}

TEST(ReaderOfAStream, ReadsWhatThePeerWrites) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  ASSERT_TRUE(client.write_all("one\r\n\0\3abc;;"sv, 60s));
  ASSERT_TRUE(client.shutdown(Shutdown::Write));
  const auto line = reader.read_line(80, 60s);
  ASSERT_TRUE(line && *line);
  EXPECT_EQ(**line, "one");
  const auto frame = reader.read_frame({2, std::endian::big}, 80, 60s);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->size(), 3U);
  const auto part = reader.read_until(";;", 80, 60s);
  ASSERT_TRUE(part && *part);
  EXPECT_EQ((*part)->size(), 2U);
  const auto end = reader.read_line(80, 60s);
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(ReaderOfAStream, TakesMuchAtOnce) {
  auto [client, server] = make_pair(make_manager());
  constexpr std::size_t size = 3'000'000;
  std::jthread writer(
      [&] { EXPECT_TRUE(client.write_all(std::span<const std::byte>(pattern(size)), 60s)); });
  TcpReader reader(server);
  const auto bytes = reader.read_exact(size, 60s);
  ASSERT_TRUE(bytes) << bytes.error().message();
  EXPECT_TRUE(is_pattern(*bytes));
}

// T08, T15
TEST(ReaderOfAStream, TimesOutAndGoesOn) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  for (const auto& error : each_error(reader, 0s)) EXPECT_TRUE(error.timed_out());
  ASSERT_TRUE(client.write_all("\200par"sv, 60s));
  ASSERT_TRUE(reader.peek(4, 60s));
  for (const auto timeout : {-1s, 0s})
    for (const auto& error : each_error(reader, timeout)) EXPECT_TRUE(error.timed_out());
  ASSERT_TRUE(client.write_all("t\n"sv, 60s));
  const auto line = reader.read_line(80, 60s);
  ASSERT_TRUE(line && *line);
  EXPECT_EQ(**line, "\200part"sv);
}

// T01
TEST(ReaderOfAStream, TakesWhatIsReadyWhenItsTimeIsOver) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  const std::string line(20'000, 'x');
  ASSERT_TRUE(client.write_all({line, "\n"sv}, 60s));
  std::vector<char> all(line.size() + 1);
  while (or_raise(server.peek(all, 60s)) < all.size()) std::this_thread::yield();
  const auto read = reader.read_line(line.size(), Deadline(-1s));
  ASSERT_TRUE(read && *read) << read.error().message();
  EXPECT_EQ(**read, line);
}

TEST(ReaderOfAStream, KnowsHowMuchIsReady) {
  auto [client, server] = make_pair(make_manager());
  EXPECT_EQ(server.available(), 0U);
  ASSERT_TRUE(client.write_all("abc"sv, 60s));
  std::array<char, 3> all;
  while (or_raise(server.peek(all, 60s)) < all.size()) std::this_thread::yield();
  EXPECT_EQ(server.available(), 3U);
  TcpReader reader(server);
  EXPECT_EQ(or_raise(reader.peek(2, 0s)).size(), 3U);
  EXPECT_EQ(server.available(), 0U);
  const TcpStream elsewhere(std::move(server));
  EXPECT_EQ(server.available(), 0U);
}

// T20
TEST(ReaderOfAStream, BoundsTheWholeCallHoweverTheBytesTrickle) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(5ms));
  TcpReader reader(server);
  expect_ends_after(100ms, [&] {
    const auto line = reader.read_line(1 << 20, 100ms);
    ASSERT_FALSE(line);
    EXPECT_TRUE(line.error().timed_out());
  });
  expect_ends_after(50ms, [&] { EXPECT_FALSE(reader.read_exact(1 << 20, 50ms)); });
  expect_ends_after(50ms, [&] { EXPECT_FALSE(reader.peek(1 << 20, Deadline(50ms))); });
}

TEST(ReaderOfAStream, HasTheStreamsDefaultTimeout) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  server.set_default_timeouts(20ms, Deadline::never());
  for (const auto& error : each_error(reader)) EXPECT_TRUE(error.timed_out());
  expect_ends_after(20ms, [&] { EXPECT_FALSE(reader.read_line(80)); });
  server.set_default_timeouts(idle(20ms), {});
  expect_ends_after(20ms, [&] { EXPECT_FALSE(reader.read_line(80)); });
}

// C05
TEST(ReaderOfAStream, IsCancelledWhileItWaitsAndGoesOn) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  TcpReader reader(server);
  ASSERT_TRUE(client.write_all("par"sv, 60s));
  std::jthread waiting([&] {
    const auto line = reader.read_line(80);
    ASSERT_FALSE(line);
    EXPECT_TRUE(line.error().cancelled());
    EXPECT_EQ(line.error().transferred(), 3U);
    for (const auto& error : each_error(reader)) EXPECT_TRUE(error.cancelled());
  });
  std::array<char, 1> none;
  while (server.peek(none, 0s)) std::this_thread::yield();
  wait_until_parked(manager);
  manager.canceller().cancel();
  waiting.join();
  manager.restart();
  ASSERT_TRUE(client.write_all("t\n"sv, 60s));
  const auto line = reader.read_line(80, 60s);
  ASSERT_TRUE(line && *line);
  EXPECT_EQ(**line, "part");
}

// M01
TEST(ReaderOfAStream, SaysSoWhenTheStreamIsMovedFrom) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  ASSERT_TRUE(client.write_all("line\n"sv, 60s));
  ASSERT_TRUE(reader.peek(5, 60s));
  const TcpStream elsewhere(std::move(server));
  for (const auto& error : each_error(reader))
    EXPECT_EQ(error, std::errc::bad_file_descriptor) << error.message();
}

// R25
TEST(ReaderOfAStream, TellsAResetAsThat) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  ASSERT_TRUE(client.write_all("par"sv, 60s));
  ASSERT_TRUE(reader.peek(3, 60s));
  reset(std::move(client));
  for (const auto& error : each_error(reader, 60s))
    EXPECT_EQ(error, std::errc::connection_reset) << error.message();
  EXPECT_EQ(reader.buffered().size(), 3U);
}

// M07
TEST(ReaderOfAStream, LosesNothingWhenThereIsNoMemory) {
  auto [client, server] = make_pair(make_manager());
  TcpReader reader(server);
  const std::string line(6000, 'x');
  ASSERT_TRUE(client.write_all({line, "\n"sv}, 60s));
  ASSERT_TRUE(reader.peek(4000, 60s));
  {
    const NoMemory none;
    EXPECT_THROW(static_cast<void>(reader.read_line(line.size(), 60s)), std::bad_alloc);
  }
  const auto read = reader.read_line(line.size(), 60s);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(**read, line);
}

// W03
TEST(ReaderOfAStream, AllocatesNothingOnceItHasItsBuffer) {
  auto [client, server] = make_pair(make_manager());
  std::size_t before = allocations();
  TcpReader reader(server);
  EXPECT_EQ(allocations(), before);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(client.write_all("a line of some length\r\n"sv, 60s));
    ASSERT_TRUE(reader.read_line(80, 60s));
    if (i == 0) before = allocations();
  }
  EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace mtcp::test
