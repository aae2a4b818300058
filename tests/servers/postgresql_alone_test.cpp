// examples/postgresql_query with servers that behave as no PostgreSQL does: the test is the server.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "servers/support/silent_server.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string program_path = MTCP_POSTGRESQL_QUERY;  // empty if it is not built

constexpr std::size_t query_size = 50'000'000;  // more than any socket's buffers take

/// A message of PostgreSQL's protocol, version 3.0.
std::string message(char type, std::string_view contents) {
  const auto size = static_cast<std::uint32_t>(contents.size() + 4);
  std::string text(1, type);
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(size >> shift & 0xff);
  return text + std::string(contents);
}

const std::string ready_for_query = message('Z', "I");

/// Processor time of the programs that have been waited for.
std::chrono::microseconds time_of_programs() {
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

class PostgresqlQueryAlone : public ::testing::Test {
 protected:
  void SetUp() override {
    if (program_path.empty()) GTEST_SKIP() << "postgresql_query is not built: libpq was not found";
  }

  std::vector<std::string> command(const std::string& query, const std::string& seconds) const {
    return {program_path,
            "host=localhost sslmode=disable gssencmode=disable user=u port=" +
                std::to_string(server_.port()),
            query, seconds};
  }

  /// Lets the program in, which sends its query then.
  TcpStream accept_session() {
    auto stream = server_.accept();
    // Its first message begins with its length, and that is small.
    std::string length(4, '\0');
    or_raise(stream.read_exact(length, 60s));
    std::string rest(static_cast<unsigned char>(length[3]) - length.size(), '\0');
    or_raise(stream.read_exact(rest, 60s));
    or_raise(stream.write_all(message('R', "\0\0\0\0"sv) + ready_for_query, 60s));
    return stream;
  }

  void write_big_query(Program& program) {
    ASSERT_TRUE(program.write(std::string(query_size, ' ')));
    program.end_input();
  }

  SilentServer server_;
};

TEST_F(PostgresqlQueryAlone, TimesOutAServerThatNeverAnswers) {
  expect_ends_after(300ms, [&] {
    Program program(command("select 1", "0.3"));
    EXPECT_EQ(program.finish(), 1);
    EXPECT_TRUE(program.errors().starts_with("postgresql_query: connecting: "));
    EXPECT_TRUE(program.errors().ends_with(": timed out\n")) << program.errors();
  });
}

TEST_F(PostgresqlQueryAlone, EndsByCtrlCWhileItConnects) {
  Program program(command("select 1", "600"));
  auto stream = server_.accept();
  std::string length(4, '\0');
  ASSERT_TRUE(stream.read_exact(length, 60s));  // it has sent, and waits
  expect_prompt([&] {
    program.signal(SIGINT);
    program.finish();
  });
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("postgresql_query: connecting: "));
  EXPECT_TRUE(program.errors().ends_with(": cancelled\n")) << program.errors();
}

TEST_F(PostgresqlQueryAlone, TimesOutAServerThatDoesNotReadTheQuery) {
  const auto before = time_of_programs();
  Program program(command("-", "2"));
  write_big_query(program);
  const auto stream = accept_session();
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("postgresql_query: sending: ")) << program.errors();
  EXPECT_TRUE(program.errors().ends_with(": timed out\n")) << program.errors();
  EXPECT_LT(time_of_programs() - before, 1500ms) << "it did not sleep";
}

TEST_F(PostgresqlQueryAlone, EndsByCtrlCWhileItSendsTheQuery) {
  Program program(command("-", "600"));
  write_big_query(program);
  auto stream = accept_session();
  std::string some(1'000'000, '\0');
  ASSERT_TRUE(stream.read_exact(some, 60s));
  expect_prompt([&] {
    program.signal(SIGINT);
    program.finish();
  });
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("postgresql_query: sending: ")) << program.errors();
  EXPECT_TRUE(program.errors().ends_with(": cancelled\n")) << program.errors();
}

TEST_F(PostgresqlQueryAlone, ReadsWhileItSends) {
  Program program(command("-", "60"));
  write_big_query(program);
  auto stream = accept_session();
  // A server that reads nothing before it is rid of what it has to say.
  const auto notice = message('N', "SNOTICE\0M"s + std::string(65536, 'x') + "\0\0"s);
  for (std::size_t sent = 0; sent < query_size; sent += notice.size())
    ASSERT_TRUE(stream.write_all(notice, 60s));
  std::string query(query_size, '\0');
  ASSERT_TRUE(stream.read_exact(query, 60s));
  ASSERT_TRUE(stream.write_all(message('C', "DONE\0"s) + ready_for_query, 60s));
  EXPECT_EQ(program.finish(), 0) << program.errors().substr(0, 1000);
  EXPECT_TRUE(program.errors().starts_with("NOTICE:  xxx")) << program.errors().substr(0, 1000);
}

TEST_F(PostgresqlQueryAlone, SaysThatTheServerHasEndedTheConnection) {
  Program program(command("select 1", "60"));
  {
    auto stream = accept_session();
    std::string query(message('Q', "select 1\0"sv).size(), '\0');
    ASSERT_TRUE(stream.read_exact(query, 60s));
  }
  EXPECT_EQ(program.finish(), 1);
  EXPECT_TRUE(program.errors().starts_with("postgresql_query: server closed the connection"))
      << program.errors();
}

TEST_F(PostgresqlQueryAlone, RefusesImpossibleArguments) {
  for (const auto& arguments : {std::vector<std::string>{},
                                {"host=localhost"},
                                {"", "", "x"},
                                {"", "", "0"},
                                {"", "", "1", ""}}) {
    std::vector<std::string> command{program_path};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Program program(command);
    EXPECT_EQ(program.finish(), 2);
    EXPECT_TRUE(program.errors().starts_with("usage: "));
  }
  for (const std::string info : {"nonsense", "host=a,b", "port=1 host"}) {
    Program program({program_path, info, "select 1"});
    EXPECT_EQ(program.finish(), 1) << info;
    EXPECT_TRUE(program.errors().starts_with("postgresql_query: ")) << program.errors();
  }
}

}  // namespace
}  // namespace mtcp::test
