// How mtcp-proxy stops: what is under way is carried to its end, or cut off and said so.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/proxied_echo.hpp"
#include "servers/support/running_proxy.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::size_t half = 512 << 10;  // of what each side sends

/// One side of a conversation in which both talk all the time.
class Talker {
 public:
  /// Sends the pattern from `offset` on, a half of it before `go`, and expects the one from
  /// `peer_offset` on. Counts down `halves_sent` in between.
  Talker(TcpStream& stream, std::size_t offset, std::size_t peer_offset, std::latch& halves_sent,
         std::shared_future<void> go)
      : sent_(std::async(std::launch::async,
                         [=, &stream, &halves_sent] {
                           or_raise(stream.write_all(pattern(half, offset), 60s));
                           halves_sent.count_down();
                           go.wait();
                           or_raise(stream.write_all(pattern(half, offset + half), 60s));
                           or_raise(stream.shutdown(Shutdown::Write));
                         })),
        seen_(std::async(std::launch::async, [=, &stream] {
          std::vector<std::byte> seen;
          const auto count = stream.read_to_end(seen, 4 * half, 60s);
          return count && *count == 2 * half && is_pattern(seen, peer_offset);
        })) {}

  /// Whether all was sent, and all that came was right.
  bool join() {
    sent_.get();
    return seen_.get();
  }

 private:
  std::future<void> sent_;
  std::future<bool> seen_;
};

/// A target that talks with each of its clients.
struct TalkingTarget {
  static constexpr std::size_t offset = 1000003;

  TalkingTarget(std::latch& halves, std::shared_future<void> start)
      : halves_sent(halves), go(std::move(start)) {}

  TcpManager manager = make_manager();
  std::latch& halves_sent;
  std::shared_future<void> go;
  std::atomic<int> well = 0;
  RunningServer server{make_server(manager, [this](const TcpManager&, TcpStream& stream) {
    if (Talker(stream, offset, 0, halves_sent, go).join()) ++well;
  })};
};

TEST(ProxyStop, UnderLoadLosesNoByteOfAnyConnection) {
  constexpr int count = 16;
  std::latch halves_sent(2 * count);
  std::promise<void> go;
  TalkingTarget target(halves_sent, go.get_future());
  RunningProxy proxy(target.server->local_addrs().front());
  const auto manager = make_manager();
  std::vector<TcpStream> streams;
  std::vector<Talker> talkers;
  for (int i = 0; i < count; ++i) streams.push_back(proxy.connect(manager));
  for (auto& stream : streams)
    talkers.emplace_back(stream, 0, TalkingTarget::offset, halves_sent, target.go);
  halves_sent.wait();
  proxy.begin_to_stop();
  const auto late = TcpStream::connect(manager, proxy.address(), 60s);
  go.set_value();
  int well = 0;
  for (auto& talker : talkers) well += talker.join() ? 1 : 0;
  EXPECT_EQ(proxy.status(), 0);
  EXPECT_EQ(well, count);
  target.server->stop();
  EXPECT_EQ(target.server.report().aborted, 0U);
  EXPECT_EQ(target.well, count);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(), std::errc::connection_refused);
  const auto seen = proxy.last_statistics();
  EXPECT_EQ(seen.at("accepted"), 16U);
  EXPECT_EQ(seen.at("drained"), 16U);
  EXPECT_EQ(seen.at("served") + seen.at("aborted") + seen.at("refused") + seen.at("broken"), 0U);
  EXPECT_EQ(seen.at("bytes to the target"), count * 2 * half);
  EXPECT_EQ(seen.at("bytes to clients"), count * 2 * half);
  EXPECT_TRUE(proxy.log().ends_with("\nstopped; 0 connections cut off\n")) << proxy.log();
}

/// Expects that the proxy ends with success and says that it has cut off `count` connections.
void expect_cut_off(RunningProxy& proxy, const std::string& count) {
  EXPECT_EQ(proxy.status(), 0);
  EXPECT_TRUE(proxy.log().ends_with("\nstopped; " + count + " cut off\n")) << proxy.log();
  EXPECT_NE(proxy.log().find(": cut off; "), std::string::npos) << proxy.log();
}

void expect_reset(TcpStream& stream) {
  std::array<std::byte, 1> byte;
  const auto size = stream.read(byte, 60s);
  ASSERT_FALSE(size) << "read says " << *size;
  EXPECT_EQ(size.error(), std::errc::connection_reset) << size.error().message();
}

TEST(ProxyStop, CutsOffWhenTheGraceIsOver) {
  expect_ends_after(200ms, [] {
    ProxiedEcho echo({.arguments = {"--grace", "200ms"}});
    auto client = echo.connect();
    expect_echo(client);
    echo.proxy.begin_to_stop();
    expect_reset(client);
    expect_cut_off(echo.proxy, "1 connection");
    EXPECT_EQ(echo.proxy.last_statistics().at("aborted"), 1U);
  });
}

TEST(ProxyStop, CutsOffAtOnceByASecondSignal) {
  for (const auto& [first, second] :
       {std::pair(SIGTERM, SIGTERM), {SIGINT, SIGINT}, {SIGTERM, SIGINT}, {SIGHUP, SIGTERM}}) {
    ProxiedEcho echo({.arguments = {"--grace", "none"}});
    auto one = echo.connect();
    auto other = echo.connect();
    expect_echo(one);
    expect_echo(other);
    echo.proxy.program().signal(first);
    echo.proxy.wait_for_log("stopping: 2 connections open; grace: none\n");
    expect_echo(one);
    expect_echo(other);
    echo.proxy.program().signal(second);
    expect_reset(one);
    expect_reset(other);
    expect_cut_off(echo.proxy, "2 connections");
  }
}

TEST(ProxyStop, CutsOffAlsoWhoWaitsForTheTarget) {
  const auto manager = make_manager();
  const BlackHole silent(manager);
  RunningProxy proxy(silent.address(), {.arguments = {"--grace", "0s"}});
  auto client = proxy.connect(manager);
  proxy.wait_for("open", 1);
  proxy.begin_to_stop();
  EXPECT_EQ(proxy.status(), 0);
  expect_reset(client);
  EXPECT_EQ(proxy.last_statistics().at("aborted"), 1U);
  EXPECT_EQ(proxy.last_statistics().at("failed to connect"), 0U);
}

TEST(ProxyStop, TellsWhoWasServedFromWhoWasDrained) {
  ProxiedEcho echo;
  const auto converse = [](TcpStream client) {
    or_raise(client.shutdown(Shutdown::Write));
    expect_end(client);
  };
  auto late = echo.connect();
  expect_echo(late);
  converse(echo.connect());
  converse(echo.connect());
  echo.proxy.wait_for("served", 2);
  echo.proxy.begin_to_stop();
  expect_echo(late);
  converse(std::move(late));
  EXPECT_EQ(echo.proxy.status(), 0);
  const auto seen = echo.proxy.last_statistics();
  EXPECT_EQ(seen.at("open"), 0U);
  EXPECT_EQ(seen.at("accepted"), 3U);
  EXPECT_EQ(seen.at("served"), 2U);
  EXPECT_EQ(seen.at("drained"), 1U);
}

TEST(ProxyStop, IsNotForAHangUpThatWasIgnored) {
  RunningProxy::Options options;
  options.program.ignored = {SIGHUP};
  ProxiedEcho echo(options);
  auto client = echo.connect();
  echo.proxy.program().signal(SIGHUP);
  expect_echo(client);
  auto other = echo.connect();
  expect_echo(other);
  EXPECT_EQ(echo.proxy.log().find("stopping"), std::string::npos) << echo.proxy.log();
}

}  // namespace
}  // namespace mtcp::test
