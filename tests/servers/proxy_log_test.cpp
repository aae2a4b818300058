// What mtcp-proxy says.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/proxied_echo.hpp"
#include "servers/support/running_proxy.hpp"
#include "support/pair.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// A connection that ends in order.
void converse(TcpStream client) {
  expect_echo(client);
  or_raise(client.shutdown(Shutdown::Write));
  expect_end(client);
}

long count_lines(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::istringstream lines(text);
  long count = 0;
  for (std::string line; std::getline(lines, line);)
    if (std::regex_match(line, expression)) ++count;
  return count;
}

constexpr const char* complete =
    R"(127\.0\.0\.1:\d+: complete; 5 bytes there, 5 bytes back, \d+\.\d{3} s)";
constexpr const char* connected = R"(127\.0\.0\.1:\d+: connected to 127\.0\.0\.1:\d+)";

/// Many connections, 25 of them at once, and then the end; what was logged.
std::string log_of(int connections, const RunningProxy::Options& options) {
  ProxiedEcho echo(options);
  std::vector<std::jthread> clients;
  for (int i = 0; i < connections; ++i) clients.emplace_back([&] { converse(echo.connect()); });
  clients.clear();
  echo.proxy.begin_to_stop();
  EXPECT_EQ(echo.proxy.status(), 0);
  return echo.proxy.log();
}

TEST(ProxyLog, HasOneWholeLineForEachConnection) {
  const auto log = log_of(500, {});
  EXPECT_EQ(count_lines(log, complete), 500) << log;
  // And a line each for the address, the stop, the statistics and the end.
  EXPECT_EQ(std::ranges::count(log, '\n'), 504) << log;
}

TEST(ProxyLog, HasTwoWhenVerbose) {
  const auto log = log_of(2, {.arguments = {"--verbose"}});
  EXPECT_EQ(count_lines(log, connected), 2) << log;
  EXPECT_EQ(count_lines(log, complete), 2) << log;
}

TEST(ProxyLog, HasNoneWhenQuietAndAllIsWell) {
  const auto log = log_of(2, {.arguments = {"--quiet"}});
  EXPECT_EQ(std::ranges::count(log, '\n'), 4) << log;
}

TEST(ProxyLog, SaysWhyTheTargetCannotBeReachedAndWhatWasTried) {
  const auto manager = make_manager();
  const auto port = or_raise(make_listener(manager).local_addr()).port();  // closed at once
  const auto target = "localhost:" + std::to_string(port);
  RunningProxy proxy(target, {.arguments = {"--quiet"}});
  // The reset may come as early as while it connects.
  auto client = TcpStream::connect(manager, proxy.address(), 60s);
  std::array<std::byte, 1> byte;
  const auto size = client ? client->read(byte, 60s) : std::unexpected(client.error());
  ASSERT_FALSE(size) << "the target seems to have ended the connection in order";
  EXPECT_EQ(size.error(), std::errc::connection_reset);
  proxy.wait_for("failed to connect", 1);
  for (const auto& part : {": connect to " + target + ": Connection refused (tried ",
                           "127.0.0.1:" + std::to_string(port) + ": Connection refused"})
    EXPECT_NE(proxy.log().find(part), std::string::npos) << proxy.log();
}

TEST(ProxyLog, MayGoAwayWithoutHarm) {
  // head ends when it has seen the first line; from then on a line meets a closed pipe.
  ProxiedEcho echo({.before = {"sh", "-c", "\"$@\" 2>&1 | head -n 1", "sh"}});
  for (int i = 0; i < 10; ++i) converse(echo.connect());
  EXPECT_TRUE(echo.proxy.program().running());
}

TEST(ProxyStatistics, AreWrittenAtAnyTime) {
  ProxiedEcho echo;
  auto client = echo.connect();
  expect_echo(client);
  converse(echo.connect());
  echo.proxy.wait_for("served", 1);
  const auto seen = echo.proxy.statistics();
  EXPECT_EQ(seen.at("open"), 1U);
  EXPECT_EQ(seen.at("accepted"), 2U);
  EXPECT_EQ(seen.at("served"), 1U);
  EXPECT_EQ(seen.at("bytes to the target"), 5U);
  EXPECT_EQ(seen.at("bytes to clients"), 5U);
  EXPECT_EQ(seen.size(), 13U);
  expect_echo(client);
}

/// Lets every thread of a process have a signal of its own, all at the same time.
void signal_all_threads(Program& program, int number) {
  const auto process = program.id();
  program.signal(SIGSTOP);
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    const auto thread = std::stoi(entry.path().filename());
    ASSERT_EQ(::syscall(SYS_tgkill, process, thread, number), 0);
  }
  program.signal(SIGCONT);
}

TEST(ProxyStatistics, DisturbNobodyWhenTheyAreAskedForManyTimesAtOnce) {
  ProxiedEcho echo;
  std::vector<TcpStream> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(echo.connect());
    expect_echo(clients.back());
  }
  for (int i = 0; i < 5; ++i) signal_all_threads(echo.proxy.program(), SIGUSR1);
  for (auto& client : clients) expect_echo(client);
  EXPECT_EQ(echo.proxy.statistics().at("open"), 8U);
}

TEST(ProxyStatistics, AreWrittenWhileItDrains) {
  ProxiedEcho echo({.arguments = {"--grace", "none"}});
  auto client = echo.connect();
  expect_echo(client);
  echo.proxy.begin_to_stop();
  EXPECT_EQ(echo.proxy.statistics().at("open"), 1U);
  expect_echo(client);
}

}  // namespace
}  // namespace mtcp::test
