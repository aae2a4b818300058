// examples/postgresql_query with a real PostgreSQL.
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/postgresql_server.hpp"
#include "servers/support/program.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

const std::string program_path = MTCP_POSTGRESQL_QUERY;  // empty if it is not built

/// Says "running" on standard error, and is then busy for long.
constexpr const char* long_query =
    "do $$ begin raise notice 'running'; perform pg_sleep(600); end $$";

class PostgresqlQuery : public ::testing::Test {
 protected:
  void SetUp() override {
    if (program_path.empty()) GTEST_SKIP() << "postgresql_query is not built: libpq was not found";
    if (!PostgresqlServer::installed()) GTEST_SKIP() << "postgresql is not installed";
    server_.emplace();
  }

  std::string connection_info(const std::string& host = "host=localhost") const {
    return host + ' ' + server_->connection_info();
  }

  std::vector<std::string> command(const std::string& query, const std::string& seconds = "60") {
    return {program_path, connection_info(), query, seconds};
  }

  /// What the program prints for `query`, having succeeded.
  std::string answer(const std::string& query) {
    Program program(command(query));
    EXPECT_EQ(program.finish(), 0) << program.errors();
    return program.output();
  }

  std::optional<PostgresqlServer> server_;
};

TEST_F(PostgresqlQuery, PrintsTheRowsOfEachStatement) {
  EXPECT_EQ(answer("select 6 * 7"), "42\n");
  EXPECT_EQ(answer("select 1, 'two', null; create table t (n int); insert into t values (3), (4);"
                   "select n from t order by n; select n from t where n > 4; ; select 'last'"),
            "1\ttwo\t\n3\n4\nlast\n");
  EXPECT_EQ(answer(""), "");
}

TEST_F(PostgresqlQuery, PrintsABigResult) {
  std::string expected;
  for (int i = 1; i <= 100'000; ++i)
    expected += std::to_string(i) + '\t' + std::string(100, 'x') + '\n';
  const auto output = answer("select i, repeat('x', 100) from generate_series(1, 100000) i");
  EXPECT_TRUE(output == expected) << output.substr(0, 1000);
}

TEST_F(PostgresqlQuery, SendsABigQuery) {
  constexpr std::size_t size = 50'000'000;
  Program program(command("-"));
  ASSERT_TRUE(program.write("select length('" + std::string(size, 'x') + "')"));
  program.end_input();
  EXPECT_EQ(program.finish(), 0) << program.errors();
  EXPECT_EQ(program.output(), std::to_string(size) + '\n');
}

TEST_F(PostgresqlQuery, ConnectsHoweverTheHostIsGiven) {
  const auto port = std::to_string(server_->port());
  for (const auto& info : {connection_info("host=127.0.0.1"), connection_info("hostaddr=127.0.0.1"),
                           connection_info("host=nowhere.invalid hostaddr=127.0.0.1"),
                           "postgresql://postgres@localhost:" + port + "/postgres"}) {
    Program program({program_path, info, "select 1", "60"});
    EXPECT_EQ(program.finish(), 0) << info << ": " << program.errors();
    EXPECT_EQ(program.output(), "1\n");
  }
}

TEST_F(PostgresqlQuery, SaysWhatTheServerObjectsTo) {
  Program program(command("select 1 / 0"));
  EXPECT_EQ(program.finish(), 1);
  EXPECT_EQ(program.errors(), "postgresql_query: ERROR:  division by zero\n");

  Program copy(command("copy (select 1) to stdout"));
  EXPECT_EQ(copy.finish(), 1);
  EXPECT_EQ(copy.errors(), "postgresql_query: COPY is more than this program can do\n");

  Program nowhere({program_path, connection_info() + " dbname=nowhere", "select 1"});
  EXPECT_EQ(nowhere.finish(), 1);
  EXPECT_NE(nowhere.errors().find("database \"nowhere\" does not exist"), std::string::npos)
      << nowhere.errors();
}

TEST_F(PostgresqlQuery, TimesOutAQueryThatTakesTooLong) {
  expect_ends_after(400ms, [&] {
    Program program(command("select pg_sleep(600)", "0.4"));
    EXPECT_EQ(program.finish(), 1);
    EXPECT_TRUE(program.errors().starts_with("postgresql_query: waiting for a result: "));
    EXPECT_TRUE(program.errors().ends_with(": timed out\n")) << program.errors();
  });
}

TEST_F(PostgresqlQuery, EndsByCtrlCInALongQuery) {
  Program program(command(long_query));
  ASSERT_TRUE(program.wait_for_errors("running", 60s));
  const auto before = program.errors();
  expect_prompt([&] {
    program.signal(SIGINT);
    program.finish();
  });
  EXPECT_EQ(program.finish(), 1);
  const auto message = program.errors().substr(before.size());
  EXPECT_NE(message.find("postgresql_query: waiting for a result: "), std::string::npos) << message;
  EXPECT_TRUE(message.ends_with(": cancelled\n")) << message;
}

TEST_F(PostgresqlQuery, SaysThatTheServerStopsInMidQuery) {
  Program program(command(long_query));
  ASSERT_TRUE(program.wait_for_errors("running", 60s));
  server_->stop();
  EXPECT_EQ(program.finish(), 1);
  EXPECT_NE(program.errors().find("postgresql_query: FATAL:  terminating connection"),
            std::string::npos)
      << program.errors();
}

TEST_F(PostgresqlQuery, SaysThatNoServerIsThere) {
  server_->stop();
  Program program(command("select 1"));
  EXPECT_EQ(program.finish(), 1);
  EXPECT_NE(program.errors().find("refused"), std::string::npos) << program.errors();
}

}  // namespace
}  // namespace mtcp::test
