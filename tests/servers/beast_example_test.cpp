// examples/beast_http_server, asked by hand.
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class BeastHttpServer : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.wait_for_output("\n", 60s)) << server_.errors(); }

  TcpStream connect() const {
    const std::string said = server_.output();
    const auto begin = said.find("127.");
    const auto address = SocketAddr::parse(said.substr(begin, said.find('\n') - begin));
    return or_raise(TcpStream::connect(manager_, or_raise(address), 60s));
  }
  static std::string ask(TcpStream& stream, std::string_view request) {
    or_raise(stream.write_all(request, 60s));
    or_raise(stream.shutdown(Shutdown::Write));
    std::string answer;
    or_raise(stream.read_to_end(answer, 100'000, 60s));
    return answer;
  }

  TcpManager manager_ = make_manager();
  Program server_{{MTCP_BEAST_HTTP_SERVER, "127.0.0.1:0"}};
};

}  // namespace

TEST_F(BeastHttpServer, AnswersOneRequestAfterAnother) {
  auto stream = connect();
  const auto answers = ask(stream,
                           "GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
                           "GET /two HTTP/1.1\r\nHost: a\r\n\r\n"sv);
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n")) << answers;
  EXPECT_NE(answers.find("HTTP/1.1 200 OK\r\n", 1), std::string::npos) << answers;
}

TEST_F(BeastHttpServer, ClosesAfterWhatIsNoRequest) {
  auto stream = connect();
  const auto answer = ask(stream, "this is not HTTP\r\n\r\n"sv);
  EXPECT_FALSE(answer.contains("200 OK")) << answer;
}

TEST_F(BeastHttpServer, StopsByCtrlCAlthoughAClientIsSilent) {
  const auto silent = connect();
  auto stream = connect();
  EXPECT_TRUE(ask(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv).contains("200 OK"));
  server_.signal(SIGINT);
  EXPECT_EQ(server_.finish(), 0) << server_.errors();
  EXPECT_TRUE(server_.output().contains(", 1 cut off")) << server_.output();
}

}  // namespace mtcp::test
