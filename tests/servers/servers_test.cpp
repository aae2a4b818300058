// The servers that the other tests use are there, and go.
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/postgresql_server.hpp"
#include "servers/support/program.hpp"
#include "servers/support/redis_server.hpp"
#include "servers/support/temporary_folder.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

bool accepts(const SocketAddr& address) {
  return TcpStream::connect(or_raise(TcpManager::create()), address, 5s).has_value();
}

TEST(Program, SaysWhatItWroteAndHowItEnded) {
  Program program({"sh", "-c", "read line; echo \"$line\"; echo two >&2; exit 3"});
  EXPECT_TRUE(program.running());
  EXPECT_TRUE(program.write("one\n"));
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 3);
  EXPECT_EQ(program.output(), "one\n");
  EXPECT_EQ(program.errors(), "two\n");
  EXPECT_FALSE(program.write("more"));
}

TEST(Program, ThatCannotBeExecutedSaysSo) {
  Program program({"no-such-program"});
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 127);
  EXPECT_EQ(program.errors(), "no-such-program cannot be executed\n");
}

TEST(Program, EndsByASignal) {
  Program program({"sleep", "1000"});
  EXPECT_FALSE(program.wait(0s));
  program.signal(SIGTERM);
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->signal, SIGTERM);
}

TEST(Program, GoesWithAllThatItStarted) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);  // open in the program and in what it starts
  auto program =
      std::make_unique<Program>(std::vector<std::string>{"sh", "-c", "sleep 1000 & echo; wait"});
  ::close(ends[1]);
  EXPECT_TRUE(program->wait_for_output("\n", 60s));
  const auto manager = make_manager();
  EXPECT_FALSE(manager.wait_readable(ends[0], 0s));
  program.reset();
  EXPECT_TRUE(manager.wait_readable(ends[0], 60s)) << "somebody has the other end still";
  ::close(ends[0]);
}

TEST(Program, DoesNotOutliveItsParent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const auto crash = []() -> int {
    Program program({"sh", "-c", "echo; exec sleep 1000"});
    if (!program.wait_for_output("\n", 60s)) return 1;
    return ::raise(SIGKILL);
  };
  const pid_t parent = ::fork();
  if (parent == 0) ::_exit(crash());
  ::close(ends[1]);
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  EXPECT_TRUE(make_manager().wait_readable(ends[0], 60s)) << "somebody has the other end still";
  ::close(ends[0]);
}

TEST(TemporaryFolder, GoesWithItsContents) {
  auto folder = std::make_unique<TemporaryFolder>();
  const auto path = folder->path();
  std::filesystem::create_directories(path + "/a/b");
  folder.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RedisServer, IsThereAndStops) {
  if (!RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
  RedisServer server;
  EXPECT_TRUE(accepts(server.address()));
  server.stop();
  EXPECT_FALSE(accepts(server.address()));
}

TEST(PostgresqlServer, IsThereAndStops) {
  if (!PostgresqlServer::installed()) GTEST_SKIP() << "postgresql is not installed";
  PostgresqlServer server;
  EXPECT_TRUE(accepts(server.address()));
  server.stop();
  EXPECT_FALSE(accepts(server.address()));
}

}  // namespace
}  // namespace mtcp::test
