// The limits of mtcp-proxy in time and number.
#include <array>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/proxied_echo.hpp"
#include "servers/support/running_proxy.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// Until the connection is reset; a byte or an end before that is a failure.
void expect_reset(TcpStream& stream) {
  std::array<std::byte, 1> byte;
  const auto size = stream.read(byte, 60s);
  ASSERT_FALSE(size) << "read says " << *size;
  EXPECT_EQ(size.error(), std::errc::connection_reset) << size.error().message();
}

TEST(ProxyTimeout, BoundsTheConnectingToASilentTarget) {
  const auto manager = make_manager();
  const BlackHole silent(manager);
  RunningProxy proxy(silent.address(), {.arguments = {"--connect-timeout", "200ms"}});
  expect_ends_after(200ms, [&] {
    auto client = proxy.connect(manager);
    expect_reset(client);
  });
  proxy.wait_for_log(": timed out");
  EXPECT_GE(proxy.statistics().at("failed to connect"), 1U);
}

TEST(ProxyTimeout, EndsBothSidesWhenTheyAreIdle) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  RunningProxy proxy(or_raise(listener.local_addr()), {.arguments = {"--idle-timeout", "200ms"}});
  expect_ends_after(200ms, [&] {
    auto client = proxy.connect(manager);
    auto target = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
    expect_reset(client);
    expect_reset(target);
  });
  proxy.wait_for_log(": idle for 200ms; 0 bytes there, 0 bytes back, 0.2");
  const auto seen = proxy.statistics();
  EXPECT_GE(seen.at("timed out idle"), 1U);
  EXPECT_EQ(seen.at("timed out in total"), 0U);
}

TEST(ProxyTimeout, EndsInTotalAlsoThoseWhoAreBusy) {
  ProxiedEcho echo({.arguments = {"--total-timeout", "300ms"}});
  expect_ends_after(300ms, [&] {
    auto client = echo.connect();
    std::array<std::byte, 1> byte{};
    while (client.write_all(byte, 60s) && client.read_exact(byte, 60s)) continue;
  });
  echo.proxy.wait_for_log(": open for 300ms; ");
  const auto seen = echo.proxy.statistics();
  EXPECT_EQ(seen.at("timed out idle"), 0U);
  EXPECT_GE(seen.at("timed out in total"), 1U);
}

TEST(ProxyTimeout, InTotalCountsTheConnecting) {
  const auto manager = make_manager();
  const BlackHole silent(manager);
  RunningProxy proxy(silent.address(), {.arguments = {"--total-timeout", "200ms"}});
  expect_ends_after(200ms, [&] {
    auto client = proxy.connect(manager);
    expect_reset(client);
  });
}

TEST(ProxyMaxConnections, LetsFurtherClientsWaitAndServesThemLater) {
  ProxiedEcho echo({.arguments = {"--max-connections", "2"}});
  auto one = echo.connect();
  auto other = echo.connect();
  expect_echo(one);
  expect_echo(other);
  std::vector<TcpStream> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(echo.connect());
    or_raise(waiting.back().write_all("wait"sv, 60s));
  }
  std::string back(4, '\0');
  EXPECT_FALSE(waiting.front().read_exact(back, 50ms));
  EXPECT_EQ(echo.proxy.statistics().at("accepted"), 2U);
  hang_up(std::move(one));
  for (auto& client : waiting) {  // in the order in which they came
    or_raise(client.read_exact(back, 60s));
    EXPECT_EQ(back, "wait");
    hang_up(std::move(client));
  }
  expect_echo(other);
  echo.proxy.wait_for("served", 4);
}

/// The memory that a process has in use, in KiB.
long memory_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;) {
    long kibibytes = 0;
    if (word == "VmRSS:" && file >> kibibytes) return kibibytes;
  }
  return -1;
}

TEST(ProxyMaxConnections, CostLittleMemoryWhileTheyAreIdle) {
  if (!std::string(MTCP_SANITIZE).empty()) GTEST_SKIP() << "sanitizers take memory of their own";
  const auto manager = make_manager();
  const auto listener = make_listener(manager);  // the kernel accepts for it
  RunningProxy proxy(or_raise(listener.local_addr()));
  const auto before = memory_of(proxy.program().id());
  std::vector<TcpStream> clients;
  constexpr long count = 200;
  for (long i = 0; i < count; ++i) clients.push_back(proxy.connect(manager));
  proxy.wait_for("open", count);
  ASSERT_GT(before, 0);
  EXPECT_LT((memory_of(proxy.program().id()) - before) / count, 64) << "KiB a connection";
}

/// What limits a program's descriptors, as words before its own.
std::vector<std::string> with_descriptors(const std::string& limits) {
  return {"sh", "-c", "ulimit " + limits + "; exec \"$@\"", "sh"};
}

/// Processor time that a process has used so far.
std::chrono::nanoseconds processor_time_of(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text, ')');
  for (int i = 3; i <= 13; ++i) file >> text;  // see proc(5)
  long user = 0;
  long system = 0;
  file >> user >> system;
  return std::chrono::nanoseconds(1s) * (user + system) / ::sysconf(_SC_CLK_TCK);
}

TEST(ProxyDescriptors, AreRaisedToWhatTheConnectionsNeed) {
  ProxiedEcho echo(
      {.arguments = {"--max-connections", "100"}, .before = with_descriptors("-S -n 40")});
  std::vector<TcpStream> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(echo.connect());
    expect_echo(clients.back());
  }
  EXPECT_EQ(echo.proxy.statistics().at("open"), 100U);
  EXPECT_EQ(echo.proxy.log().find("descriptors"), std::string::npos) << echo.proxy.log();
}

TEST(ProxyDescriptors, AreSurvivedQuietlyWhenTheyRunOut) {
  ProxiedEcho echo(
      {.arguments = {"--max-connections", "100"}, .before = with_descriptors("-n 40")});
  EXPECT_NE(echo.proxy.log().find("only 40 descriptors are allowed, and 100 connections may need "),
            std::string::npos)
      << echo.proxy.log();
  std::vector<TcpStream> clients;  // that are served
  int others = 0;                  // that see their end
  for (int i = 0; i < 40; ++i) {
    auto client = TcpStream::connect(echo.manager, echo.proxy.address(), 60s);
    std::array<std::byte, 1> byte{};
    if (client && client->write_all(byte, 60s) && client->read_exact(byte, 60s))
      clients.push_back(std::move(*client));
    else
      ++others;  // may see it while it connects
  }
  EXPECT_GE(clients.size(), 5U);
  EXPECT_GE(others, 20);
  for (auto& client : clients) expect_echo(client);
  const auto before = processor_time_of(echo.proxy.program().id());
  or_raise(echo.manager.sleep(300ms));
  EXPECT_LT(processor_time_of(echo.proxy.program().id()) - before, 100ms);
  const auto some = clients.size() / 2;
  clients.clear();
  echo.proxy.wait_for("open", 0);
  for (std::size_t i = 0; i < some; ++i) {
    clients.push_back(echo.connect());
    expect_echo(clients.back());
  }
  const auto seen = echo.proxy.statistics();
  EXPECT_EQ(seen.at("refused") + seen.at("failed to connect"), static_cast<std::uint64_t>(others));
}

}  // namespace
}  // namespace mtcp::test
