#include <array>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/busy_peer.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

static_assert(idle(5s) == at_least(1, 5s));
static_assert(idle(5s).within(60s) == at_least(1, 5s).within(60s));
static_assert(at_least(2, 5s) != at_least(1, 5s));
static_assert(at_least(2, 5s) != at_least(2, 6s));
static_assert(!at_least(0, 0s).is_default());

constexpr std::size_t much = std::size_t{1} << 20;

/// Sends `size` bytes, then pauses.
BusyPeer::Step portions(std::size_t size, std::chrono::nanoseconds pause) {
  return [=, bytes = std::string(size, 'x')](const TcpManager& manager, TcpStream& stream) {
    return stream.write_all(bytes, 60s) && manager.sleep(pause);
  };
}

/// Passes when `operation` is thrown out after one `period`, having moved a few bytes only.
template <class Operation>
void expect_thrown_out(std::chrono::milliseconds period, std::size_t least_bytes,
                       Operation operation) {
  expect_ends_after(period, [&] {
    const auto result = operation(at_least(least_bytes, period));
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().timed_out()) << result.error().message();
    EXPECT_LT(result.error().transferred(), least_bytes);
  });
}

TEST(Rate, ThrowsOutAPeerThatTrickles) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(10ms));
  std::vector<char> buffer(much);
  std::string all;
  TcpReader reader(server);
  expect_thrown_out(100ms, 1000, [&](Timeout t) { return server.read_exact(buffer, t); });
  expect_thrown_out(100ms, 1000, [&](Timeout t) { return server.read_to_end(all, much, t); });
  expect_thrown_out(100ms, 1000, [&](Timeout t) {
    return server.read_all(all, {.timeout = t}, [](std::string_view) { return false; });
  });
  expect_thrown_out(100ms, 1000, [&](Timeout t) { return reader.read_line(much, t); });
  expect_thrown_out(100ms, 1000, [&](Timeout t) { return reader.read_exact(much, t); });
}

TEST(Rate, IsNotIdleWhilePeersTrickle) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(5ms));
  std::array<char, 200> buffer;  // at least a second
  EXPECT_TRUE(server.read_exact(buffer, idle(700ms)));
}

TEST(Rate, ThrowsOutAPeerThatTakesTooLittle) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), sip(1, 10ms));
  fill(server);
  const std::string bytes(much, 'x');
  expect_ends_after(100ms, [&] {
    const auto written = server.write_all(bytes, at_least(much, 100ms));
    ASSERT_FALSE(written);
    EXPECT_TRUE(written.error().timed_out());
  });
}

TEST(Rate, StartsAnewWheneverEnoughHasMoved) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), portions(20, 20ms));
  std::array<char, 1000> buffer;  // 50 portions: at least a second
  const auto took = elapsed([&] {
    const auto read = server.read_exact(buffer, at_least(10, 500ms));
    EXPECT_TRUE(read) << read.error().message();
  });
  EXPECT_GE(took, 49 * 20ms);
}

TEST(Rate, CountsTheBytesOfSeveralReads) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(5ms));
  std::array<char, 200> buffer;  // at least a second; 20 bytes at least 100 ms
  TcpReader reader(server);
  const auto read = server.read_exact(buffer, at_least(20, 700ms));
  EXPECT_TRUE(read) << read.error().message();
  const auto framed = reader.read_exact(200, at_least(20, 700ms));
  EXPECT_TRUE(framed) << framed.error().message();
}

TEST(Rate, ComposesWithATotal) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), portions(100, 1ms));
  std::vector<char> buffer(much * 64);
  TcpReader reader(server);
  const Timeout timeout = at_least(10, 10s).within(100ms);
  expect_ends_after(100ms, [&] {
    const auto read = server.read_exact(buffer, timeout);
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().timed_out());
  });
  expect_ends_after(100ms, [&] { EXPECT_FALSE(reader.read_exact(buffer.size(), timeout)); });
  expect_ends_after(100ms, [&] {
    EXPECT_FALSE(server.read_exact(buffer, at_least(10, 10s).within(Deadline(100ms))));
  });
}

TEST(Rate, ComposesWithATotalThatIsLonger) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(10ms));
  std::vector<char> buffer(much);
  expect_thrown_out(100ms, 1000, [&](Timeout t) {
    return server.read_exact(buffer, t.within(60s).within(Deadline(60s)));
  });
}

TEST(Rate, CountsNoByteAsOne) {
  auto [client, server] = make_pair(make_manager());
  std::array<char, 10> buffer;
  expect_ends_after(50ms, [&] {
    const auto read = server.read_exact(buffer, at_least(0, 50ms));
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().timed_out());
  });
  const BusyPeer peer(std::move(client), trickle(5ms));
  EXPECT_TRUE(server.read_exact(buffer, at_least(0, 10s)));
}

TEST(Rate, CanBeADefault) {
  auto [client, server] = make_pair(make_manager());
  const BusyPeer peer(std::move(client), trickle(10ms));
  server.set_default_timeouts(at_least(1000, 100ms), {});
  std::vector<char> buffer(much);
  TcpReader reader(server);
  expect_ends_after(100ms, [&] { EXPECT_FALSE(server.read_exact(buffer)); });
  expect_ends_after(100ms, [&] { EXPECT_FALSE(reader.read_line(much)); });
}

}  // namespace
}  // namespace mtcp::test
