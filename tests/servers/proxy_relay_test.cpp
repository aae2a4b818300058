// What mtcp-proxy does with bytes, ends and resets.
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <future>
#include <poll.h>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/proxied_echo.hpp"
#include "servers/support/running_proxy.hpp"
#include "support/ip_versions.hpp"
#include "support/pair.hpp"
#include "support/pattern.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::size_t much = 8 << 20;  // more than all buffers on the way

/// Both ends of a connection through the proxy.
class ProxyRelay : public ::testing::Test {
 protected:
  TcpStream accept() {
    return or_raise(TcpStream::from(manager_, or_raise(listener_.accept(60s))));
  }

  Pair connect() {
    auto client = proxy_.connect(manager_);
    return {std::move(client), accept()};
  }

  TcpManager manager_ = make_manager();
  TcpListener listener_ = make_listener(manager_);
  RunningProxy proxy_{or_raise(listener_.local_addr())};
};

/// Sends the pattern from `offset` on, and the end.
void send_pattern(TcpStream& stream, std::size_t offset) {
  or_raise(stream.write_all(pattern(much, offset), 60s));
  or_raise(stream.shutdown(Shutdown::Write));
}

void expect_pattern(TcpStream& stream, std::size_t offset) {
  std::vector<std::byte> seen;
  const auto count = stream.read_to_end(seen, 2 * much, 60s);
  ASSERT_TRUE(count) << count.error().message();
  EXPECT_EQ(*count, much);
  EXPECT_TRUE(is_pattern(seen, offset));
}

/// That the stream says reset, and never a clean end, whatever it says before.
void expect_reset(TcpStream& stream) {
  std::string seen;
  const auto all = stream.read_to_end(seen, 2 * much, 60s);
  ASSERT_FALSE(all) << "a clean end after " << *all << " bytes";
  EXPECT_EQ(all.error(), std::errc::connection_reset) << all.error().message();
}

TEST_F(ProxyRelay, HandsOnEveryByteBothWaysAtOnce) {
  auto [client, target] = connect();
  auto one = std::async(std::launch::async, [&stream = client] { send_pattern(stream, 0); });
  auto other = std::async(std::launch::async, [&stream = target] { send_pattern(stream, 7); });
  auto back = std::async(std::launch::async, [&stream = client] { expect_pattern(stream, 7); });
  expect_pattern(target, 0);
  back.get();
  one.get();
  other.get();
  proxy_.wait_for("served", 1);
  EXPECT_EQ(proxy_.last_statistics().at("bytes to the target"), much);
  EXPECT_EQ(proxy_.last_statistics().at("bytes to clients"), much);
}

TEST_F(ProxyRelay, HandsOnTheEndWhileTheAnswerGoesOn) {
  auto [client, target] = connect();
  or_raise(client.write_all("question"sv, 60s));
  or_raise(client.shutdown(Shutdown::Write));
  std::string question;
  EXPECT_TRUE(target.read_to_end(question, 100, 60s));
  EXPECT_EQ(question, "question");
  auto answer = std::async(std::launch::async, [&stream = target] { send_pattern(stream, 3); });
  expect_pattern(client, 3);
  answer.get();
}

TEST_F(ProxyRelay, HandsOnTheEndOfTheTargetToo) {
  auto [client, target] = connect();
  or_raise(target.shutdown(Shutdown::Write));
  expect_end(client);
  auto rest = std::async(std::launch::async, [&stream = client] { send_pattern(stream, 3); });
  expect_pattern(target, 3);
  rest.get();
}

TEST_F(ProxyRelay, HandsOnAResetOfTheTargetAsAReset) {
  auto [client, target] = connect();
  or_raise(target.write_all("half of an ans"sv, 60s));
  std::string seen(14, '\0');
  or_raise(client.read_exact(seen, 60s));
  reset(std::move(target));
  expect_reset(client);
  proxy_.wait_for("broken", 1);
  EXPECT_NE(proxy_.log().find("Connection reset by peer"), std::string::npos) << proxy_.log();
}

TEST_F(ProxyRelay, HandsOnAResetOfTheClientAsAReset) {
  auto [client, target] = connect();
  or_raise(client.write_all("half of a quest"sv, 60s));
  std::string seen(15, '\0');
  or_raise(target.read_exact(seen, 60s));
  reset(std::move(client));
  expect_reset(target);
}

TEST_F(ProxyRelay, IsNoCleanEndWhenItIsKilled) {
  auto [client, target] = connect();
  or_raise(target.write_all("half of an ans"sv, 60s));
  std::string seen(14, '\0');
  or_raise(client.read_exact(seen, 60s));
  proxy_.program().signal(SIGKILL);
  expect_reset(client);
  expect_reset(target);
}

/// Until the end has arrived, without reading what comes before it.
void wait_for_end_behind_data(const TcpStream& stream) {
  pollfd entry{static_cast<int>(stream.native_handle()), POLLRDHUP, 0};
  ASSERT_EQ(::poll(&entry, 1, 60000), 1);
}

TEST_F(ProxyRelay, LetsAClientSendOnUntilItHasReadTheAnswer) {
  auto [client, target] = connect();
  or_raise(target.write_all("no more, please"sv, 60s));
  or_raise(target.shutdown(Shutdown::Write));
  wait_for_end_behind_data(client);
  hang_up(std::move(target));
  const std::vector<std::byte> more(4096);
  for (int i = 0; i < 100; ++i) {  // the target resets, but only the proxy sees that
    const auto sent = client.write_all(more, 60s);
    ASSERT_TRUE(sent) << sent.error().message();
    or_raise(manager_.sleep(1ms));
  }
  or_raise(client.shutdown(Shutdown::Write));
  std::string answer;
  const auto whole = client.read_to_end(answer, 100, 60s);
  EXPECT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(answer, "no more, please");
}

TEST(ProxyRelayAddresses, AreOfEitherFamilyOnEitherSide) {
  if (!has_ipv6()) GTEST_SKIP() << "there is no ::1";
  const auto manager = make_manager();
  for (const auto& there : {SocketAddr::loopback_v4(), SocketAddr::loopback_v6()}) {
    const RunningServer server(or_raise(TcpServer::bind(manager, {there}, echo)));
    RunningProxy proxy(server->local_addrs().front(), {.arguments = {"--listen", "[::1]:0"}});
    EXPECT_TRUE(proxy.address(0).is_v4());
    EXPECT_TRUE(proxy.address(1).is_v6());
    for (const std::size_t here : {0U, 1U}) {
      auto client = proxy.connect(manager, here);
      expect_echo(client);
    }
  }
}

TEST(ProxyRelayAddresses, MayBeGivenByName) {
  ProxiedEcho echo({}, "localhost");
  auto client = echo.connect();
  expect_echo(client);
}

}  // namespace
}  // namespace mtcp::test
