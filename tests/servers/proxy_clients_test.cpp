// mtcp-proxy between other people's clients and servers.
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/postgresql_server.hpp"
#include "servers/support/program.hpp"
#include "servers/support/redis_server.hpp"
#include "servers/support/running_proxy.hpp"
#include "servers/support/temporary_folder.hpp"
#include "servers/support/web_server.hpp"
#include "support/pair.hpp"
#include "support/pattern.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using Words = std::vector<std::string>;

constexpr std::size_t big = 24 << 20;

std::string contents(const std::string& path) {
  std::string text(static_cast<std::size_t>(std::filesystem::file_size(path)), '\0');
  std::ifstream(path, std::ios::binary).read(text.data(), std::ssize(text));
  return text;
}

/// Waits for success; what the program has written.
std::string output_of(Program& program) {
  const auto ending = program.wait(60s);
  EXPECT_TRUE(ending && ending->status == 0 && ending->signal == 0) << program.errors();
  return program.output();
}

std::string output_of(const Words& command) {
  Program program(command);
  return output_of(program);
}

/// A web server behind the proxy, with a big file, and curl before it.
class ProxiedWeb : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!WebServer::installed()) GTEST_SKIP() << "nginx is not installed";
    if (find_program("curl").empty()) GTEST_SKIP() << "curl is not installed";
    server_ = std::make_unique<WebServer>();
    proxy_ = std::make_unique<RunningProxy>("localhost:" + std::to_string(server_->port()));
    const auto bytes = pattern(big);
    for (const auto& path : {server_->path("big"), folder_.path() + "/big"})
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  Words curl(const std::string& name, const Words& words) const {
    Words command = {"curl", "-q", "-sS", "--fail", "--noproxy", "*", "--max-time", "60"};
    command.insert(command.end(), words.begin(), words.end());
    command.push_back("http://" + proxy_->address().to_string() + "/" + name);
    return command;
  }

  std::unique_ptr<Program> download(const std::string& to, Words words = {}) const {
    words.insert(words.end(), {"-o", folder_.path() + "/" + to});
    return std::make_unique<Program>(curl("big", words));
  }
  std::unique_ptr<Program> upload(const std::string& to) const {
    return std::make_unique<Program>(curl(to, {"-T", folder_.path() + "/big"}));
  }

  void expect_big(const std::string& path) const {
    EXPECT_TRUE(contents(path) == contents(server_->path("big"))) << path << " differs";
  }

  TemporaryFolder folder_;
  std::unique_ptr<WebServer> server_;
  std::unique_ptr<RunningProxy> proxy_;
};

TEST_F(ProxiedWeb, DownloadsAndUploadsAtOnceArriveByteForByte) {
  std::vector<std::unique_ptr<Program>> clients;
  for (const std::string number : {"1", "2", "3"}) {
    clients.push_back(download("down" + number));
    clients.push_back(upload("up" + number));
  }
  for (const auto& client : clients) output_of(*client);
  for (const std::string number : {"1", "2", "3"}) {
    expect_big(folder_.path() + "/down" + number);
    expect_big(server_->path("up" + number));
  }
  proxy_->wait_for("served", 6);
  const auto seen = proxy_->last_statistics();
  EXPECT_GT(seen.at("bytes to the target"), 3 * big);
  EXPECT_GT(seen.at("bytes to clients"), 3 * big);
  EXPECT_EQ(seen.at("broken"), 0U);
}

TEST_F(ProxiedWeb, ADownloadGoesOnToItsEndAfterAStop) {
  const auto client = download("big2", {"--limit-rate", "40M"});
  proxy_->wait_for("open", 1);
  proxy_->begin_to_stop();
  const auto late = TcpStream::connect(make_manager(), proxy_->address(), 60s);
  EXPECT_FALSE(late);
  EXPECT_TRUE(client->running()) << "it was too quick to tell anything";
  output_of(*client);
  EXPECT_EQ(proxy_->status(), 0);
  expect_big(folder_.path() + "/big2");
  EXPECT_EQ(proxy_->last_statistics().at("drained"), 1U);
  EXPECT_EQ(proxy_->last_statistics().at("aborted"), 0U);
}

class ProxiedRedis : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
    server_ = std::make_unique<RedisServer>();
    proxy_ = std::make_unique<RunningProxy>("localhost:" + std::to_string(server_->port()));
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RunningProxy> proxy_;
};

TEST_F(ProxiedRedis, AnswersPipelinedCommandsWithBinaryValues) {
  const auto manager = make_manager();
  auto stream = proxy_->connect(manager);
  const auto value = pattern(4 << 20);
  const auto head = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(value.size()) + "\r\n";
  or_raise(stream.write_all({head, value, "\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"sv}, 60s));
  TcpReader reader(stream);
  EXPECT_EQ(or_raise(reader.read_line(100, 60s)), "+OK");
  EXPECT_EQ(or_raise(reader.read_line(100, 60s)), "$" + std::to_string(value.size()));
  EXPECT_TRUE(is_pattern(or_raise(reader.read_exact(value.size(), 60s))));
}

TEST_F(ProxiedRedis, StandsItsBenchmark) {
  if (find_program("redis-benchmark").empty()) GTEST_SKIP() << "redis-benchmark is not installed";
  const auto seen = output_of({"redis-benchmark", "-h", "127.0.0.1", "-p",
                               std::to_string(proxy_->address().port()), "-n", "5000", "-c", "50",
                               "-P", "4", "-t", "set,get", "--csv"});
  EXPECT_NE(seen.find("\"GET\""), std::string::npos) << seen;
  EXPECT_GE(proxy_->statistics().at("accepted"), 100U);
}

class ProxiedPostgresql : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::installed()) GTEST_SKIP() << "postgresql is not installed";
    if (find_program("psql").empty()) GTEST_SKIP() << "psql is not installed";
    server_ = std::make_unique<PostgresqlServer>();
    proxy_ = std::make_unique<RunningProxy>("localhost:" + std::to_string(server_->port()));
    connection_ = "host=127.0.0.1 port=" + std::to_string(proxy_->address().port()) +
                  " user=postgres dbname=postgres";
  }

  std::unique_ptr<PostgresqlServer> server_;
  std::unique_ptr<RunningProxy> proxy_;
  std::string connection_;
};

TEST_F(ProxiedPostgresql, AnswersQueriesWithLongResults) {
  const auto seen = output_of({"psql", "--no-psqlrc", "-d", connection_, "-A", "-t", "-c",
                               "select g from generate_series(1, 200000) g"});
  std::string expected;
  for (int i = 1; i <= 200000; ++i) expected.append(std::to_string(i)).append("\n");
  EXPECT_TRUE(seen == expected) << seen.size() << " bytes instead of " << expected.size();
}

TEST_F(ProxiedPostgresql, StandsItsBenchmark) {
  if (find_program("pgbench").empty()) GTEST_SKIP() << "pgbench is not installed";
  output_of({"pgbench", "-i", "-q", connection_});
  const auto seen = output_of({"pgbench", "-n", "-c", "8", "-t", "25", connection_});
  EXPECT_NE(seen.find("number of transactions actually processed: 200/200"), std::string::npos)
      << seen;
}

}  // namespace
}  // namespace mtcp::test
