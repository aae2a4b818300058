// examples/redis_client with a real Redis, and with servers that misbehave as no Redis does.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "servers/support/redis_server.hpp"
#include "servers/support/silent_server.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::vector<std::string> client(std::uint16_t port, const std::vector<std::string>& more = {}) {
  std::vector<std::string> command{MTCP_REDIS_CLIENT, "localhost", std::to_string(port)};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

/// What the client prints for `commands`.
std::string answers(std::uint16_t port, std::string_view commands) {
  Program program(client(port));
  EXPECT_TRUE(program.write(commands));
  program.end_input();
  EXPECT_EQ(program.finish(), 0) << program.errors();
  return program.output();
}

void expect_ends_by_ctrl_c(Program& program) {
  expect_prompt([&] {
    program.signal(SIGINT);
    program.finish();
  });
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("redis_client: "));
  EXPECT_TRUE(program.errors().ends_with(": cancelled\n")) << program.errors();
}

class RedisClient : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
    server_.emplace();
  }

  std::uint16_t port() const { return server_->port(); }

  std::optional<RedisServer> server_;
};

TEST_F(RedisClient, PrintsEachKindOfReply) {
  EXPECT_EQ(answers(port(),
                    "PING\n"
                    "SET key \"one \\\"two\\\"\"\n"
                    "GET key\n"
                    "\n"
                    "STRLEN key\n"
                    "DECRBY n 7\n"
                    "GET missing\n"
                    "SET empty \"\"\n"
                    "GET empty\n"
                    "NOPE\n"
                    "RPUSH list a b\n"
                    "LRANGE list 0 -1\n"
                    "LRANGE missing 0 -1\n"
                    "ECHO last"),
            "PONG\n"
            "OK\n"
            "\"one \\\"two\\\"\"\n"
            "9\n"
            "-7\n"
            "nil\n"
            "OK\n"
            "\"\"\n"
            "error: ERR unknown command 'NOPE', with args beginning with: \n"
            "2\n"
            "[\"a\", \"b\"]\n"
            "[]\n"
            "\"last\"\n");
}

TEST_F(RedisClient, PrintsArraysWithinArrays) {
  EXPECT_EQ(
      answers(port(), "EVAL \"return {1,{'two',{3,{}},{}},redis.error_reply('MINE own')}\" 0\n"),
      "[1, [\"two\", [3, []], []], error: MINE own]\n");
}

TEST_F(RedisClient, ReadsBigReplies) {
  const auto output = answers(port(), "EVAL \"return string.rep('x', 8000000)\" 0\nPING\n");
  EXPECT_TRUE(output == '"' + std::string(8'000'000, 'x') + "\"\nPONG\n") << output.size();
}

TEST_F(RedisClient, PipelinesAThousandCommands) {
  std::string commands;
  std::string expected;
  for (int i = 1; i <= 1000; ++i) {
    commands += "INCR n\n";
    expected += std::to_string(i) + '\n';
  }
  EXPECT_EQ(answers(port(), commands), expected);
}

TEST_F(RedisClient, GoesOnWithAReadThatTimedOut) {
  Program program(client(port(), {"0.1"}));
  ASSERT_TRUE(program.write("PING\nBLPOP list 0\nPING\n"));
  EXPECT_TRUE(program.wait_for_errors("no reply after 0.2 s, still waiting\n", 60s));
  EXPECT_EQ(program.output(), "PONG\n");
  EXPECT_EQ(answers(port(), "RPUSH list value\n"), "1\n");
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.output(), "PONG\n[\"list\", \"value\"]\nPONG\n");
}

TEST_F(RedisClient, GivesUpASilentServer) {
  server_->suspend();
  expect_ends_after(300ms, [&] {
    Program program(client(port(), {"0.1", "3"}));
    ASSERT_TRUE(program.write("PING\n"));
    EXPECT_EQ(program.finish(), 1);
    EXPECT_TRUE(program.errors().ends_with(": timed out\n")) << program.errors();
  });
  server_->resume();
}

TEST_F(RedisClient, EndsByCtrlCWhileItWaitsForInput) {
  Program program(client(port()));
  ASSERT_TRUE(program.write("PING\n"));
  ASSERT_TRUE(program.wait_for_output("PONG\n", 60s));
  expect_ends_by_ctrl_c(program);
}

TEST_F(RedisClient, EndsByCtrlCWhileItWaitsForAReply) {
  Program program(client(port(), {"0.1", "1000"}));
  ASSERT_TRUE(program.write("BLPOP list 0\n"));
  ASSERT_TRUE(program.wait_for_errors("still waiting", 60s));
  program.signal(SIGINT);
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().ends_with(": cancelled\n")) << program.errors();
}

TEST_F(RedisClient, SaysThatTheServerHasStopped) {
  Program program(client(port(), {"0.1", "1000"}));
  ASSERT_TRUE(program.write("BLPOP list 0\n"));
  ASSERT_TRUE(program.wait_for_errors("still waiting", 60s));
  server_->stop();
  EXPECT_EQ(program.finish(), 1);
  EXPECT_NE(program.errors().find("redis_client: the server has ended the connection\n"),
            std::string::npos)
      << program.errors();
}

TEST_F(RedisClient, SaysThatNoServerIsThere) {
  server_->stop();
  Program program(client(port()));
  EXPECT_EQ(program.finish(), 1);
  EXPECT_NE(program.errors().find("refused"), std::string::npos) << program.errors();
}

// From here on the test is the server.

TEST(RedisClientAlone, SendsAllCommandsBeforeItReadsAReply) {
  SilentServer server;
  Program program(client(server.port()));
  std::string commands;
  std::string replies;
  for (int i = 0; i < 1000; ++i) {
    commands += "PING\n";
    replies += "+" + std::to_string(i) + "\r\n";
  }
  ASSERT_TRUE(program.write(commands));
  auto stream = server.accept();
  std::string received(1000 * "*1\r\n$4\r\nPING\r\n"sv.size(), '\0');
  ASSERT_TRUE(stream.read_exact(received, 60s));
  EXPECT_TRUE(received.ends_with("*1\r\n$4\r\nPING\r\n"));
  ASSERT_TRUE(stream.write_all(replies, 60s));
  program.end_input();
  EXPECT_EQ(program.finish(), 0);
  EXPECT_TRUE(program.output().ends_with("\n998\n999\n"));
}

TEST(RedisClientAlone, GoesOnInTheMidstOfAReply) {
  SilentServer server;
  Program program(client(server.port(), {"0.05", "1000"}));
  ASSERT_TRUE(program.write("A\nB\n"));
  program.end_input();
  auto stream = server.accept();
  for (const auto part : {"*3\r\n:1"sv, "\r\n*2\r\n$6\r\nab"sv, "\r\ncd\r"sv, "\n+x"sv}) {
    ASSERT_TRUE(stream.write_all(part, 60s));
    // The second report from now on is of a read that began with these bytes there.
    const auto seen = program.errors();
    const auto reports = std::ranges::count(seen, '\n');
    const auto next = [&] { return std::ranges::count(program.errors(), '\n') >= reports + 2; };
    ASSERT_TRUE(program.wait_until(next, 60s));
  }
  EXPECT_NE(program.errors().find("half a reply"), std::string::npos);
  EXPECT_EQ(program.output(), "");
  ASSERT_TRUE(stream.write_all("y\r\n$-1\r\n-no\r\n"sv, 60s));
  EXPECT_EQ(program.finish(), 0);
  EXPECT_EQ(program.output(), "[1, [\"ab\\x0d\\x0acd\", xy], nil]\nerror: no\n");
}

/// What the client says of a server that answers so and then ends the connection.
std::string complaint(std::string_view reply) {
  SilentServer server;
  Program program(client(server.port()));
  EXPECT_TRUE(program.write("PING\n"));
  {
    auto stream = server.accept();
    std::string command("*1\r\n$4\r\nPING\r\n"sv.size(), '\0');
    EXPECT_TRUE(stream.read_exact(command, 60s));
    EXPECT_TRUE(stream.write_all(reply, 60s));
  }
  EXPECT_EQ(program.finish(), 1);
  EXPECT_EQ(program.output(), "");
  return program.errors();
}

TEST(RedisClientAlone, LimitsEachReplyAlone) {
  SilentServer server;
  Program program(client(server.port()));
  ASSERT_TRUE(program.write("A\nA\nA\nA\nA\n"));
  program.end_input();
  auto stream = server.accept();
  std::string reply = "*250\r\n";
  for (int i = 0; i < 250; ++i) reply += '+' + std::string(60'000, 'x') + "\r\n";
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stream.write_all(reply, 60s));
  EXPECT_EQ(program.finish(), 0) << program.errors();
  EXPECT_EQ(std::ranges::count(program.output(), '\n'), 5);
}

/// A reply: an array of so many nils.
std::string nils(std::size_t count) {
  std::string reply = '*' + std::to_string(count) + "\r\n";
  for (std::size_t i = 0; i < count; ++i) reply += "$-1\r\n";
  return reply;
}

TEST(RedisClientAlone, RefusesAbsurdReplies) {
  for (const auto reply : {"$999999999999\r\n"sv, "*999999999\r\n"sv})
    EXPECT_EQ(complaint(reply), "redis_client: a reply that is too big\n") << reply;
  for (const auto reply : {"$-2\r\n"sv, "*-2\r\n"sv})
    EXPECT_EQ(complaint(reply), "redis_client: a length that is none\n") << reply;
  for (const auto reply : {":one\r\n"sv, ":\r\n"sv, "$99999999999999999999999\r\n"sv})
    EXPECT_EQ(complaint(reply), "redis_client: a number that is none\n") << reply;
  for (const auto reply : {"?\r\n"sv, "HTTP/1.1 400 Bad\r\n"sv})
    EXPECT_EQ(complaint(reply), "redis_client: a reply of an unknown type\n") << reply;
  EXPECT_EQ(complaint("$1\r\nabc"), "redis_client: a bulk string without its end\n");
  EXPECT_EQ(complaint("\r\n"), "redis_client: an empty line is no reply\n");
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "*1\r\n";
  EXPECT_EQ(complaint(deep), "redis_client: arrays that are nested too deep\n");
  const std::string big = "*2\r\n$60000000\r\n" + std::string(60'000'000, 'x') + "\r\n$9999999\r\n";
  EXPECT_EQ(complaint(big), "redis_client: a reply that is too big\n");
  // Many small elements, in arrays that are not too big each.
  EXPECT_EQ(complaint("*2\r\n" + nils(600'000) + nils(600'000)),
            "redis_client: a reply that is too big\n");
  const auto long_line = complaint('+' + std::string(100'000, 'x'));
  EXPECT_NE(long_line.find("limit"), std::string::npos) << long_line;
}

TEST(RedisClientAlone, SaysThatTheReplyIsIncomplete) {
  EXPECT_EQ(complaint(""), "redis_client: the server has ended the connection\n");
  for (const auto part : {"+O"sv, "$5\r\nab"sv, "*2\r\n:1"sv}) {
    const auto message = complaint(part);
    EXPECT_NE(message.find("the stream ended"), std::string::npos) << message;
  }
}

TEST(RedisClientAlone, GivesUpAServerThatDoesNotLetItIn) {
  const BlackHole server(make_manager());
  expect_ends_after(300ms, [&] {
    Program program(client(server.address().port(), {"0.3"}));
    EXPECT_EQ(program.finish(), 1);
    EXPECT_TRUE(program.errors().starts_with("redis_client: connect to localhost:"));
    EXPECT_NE(program.errors().find(": timed out"), std::string::npos) << program.errors();
  });
}

/// Whether it handles SIGINT itself, as the system says.
bool handles_ctrl_c(const Program& program) {
  std::ifstream status("/proc/" + std::to_string(program.id()) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigCgt:"))
      return (std::stoull(line.substr(7), nullptr, 16) >> 1 & 1) != 0;
  return false;
}

TEST(RedisClientAlone, EndsByCtrlCWhileItConnects) {
  const BlackHole server(make_manager());
  Program program(client(server.address().port(), {"600"}));
  ASSERT_TRUE(program.wait_until([&] { return handles_ctrl_c(program); }, 60s));
  expect_prompt([&] {
    program.signal(SIGINT);
    program.finish();
  });
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("redis_client: connect to localhost:"));
  EXPECT_NE(program.errors().find(": cancelled"), std::string::npos) << program.errors();
}

TEST(RedisClientAlone, RefusesImpossibleArguments) {
  for (const auto& more : {std::vector{"0"s}, std::vector{"-1"s}, std::vector{"x"s},
                           std::vector{"1"s, "0"s}, std::vector{"1"s, "1"s, "1"s}}) {
    Program program(client(1, more));
    EXPECT_EQ(program.finish(), 2);
    EXPECT_TRUE(program.errors().starts_with("usage: "));
  }
}

}  // namespace
}  // namespace mtcp::test
