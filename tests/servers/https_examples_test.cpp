// examples/https_server and examples/https_client with each other, and with peers that misbehave.
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "servers/support/temporary_folder.hpp"
#include "support/pair.hpp"
#include "tls/support/tls_pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

/// The server's certificate and key, and the authority's certificate.
class Files {
 public:
  Files() {
    std::ofstream((*this)("chain.pem")) << localhost().certificate;
    std::ofstream((*this)("key.pem")) << localhost().key;
    std::ofstream((*this)("ca.pem")) << the_authority().certificate_text();
  }

  std::string operator()(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  TemporaryFolder folder_;
};

class HttpsExamples : public ::testing::Test {
 protected:
  /// The port that `server` says it listens on.
  static std::string port_of(Program& server) {
    if (!server.wait_for_output("\n", 60s)) throw std::runtime_error(server.errors());
    const std::string said = server.output();
    const auto begin = said.find_last_of(':') + 1;
    return said.substr(begin, said.find('\n') - begin);
  }

  Files file_;
  Program server_{{MTCP_HTTPS_SERVER, "127.0.0.1:0", file_("chain.pem"), file_("key.pem")}};
  const std::string port_ = port_of(server_);
};

}  // namespace

TEST_F(HttpsExamples, TalkToEachOther) {
  Program client({MTCP_HTTPS_CLIENT, "localhost", port_, "/", file_("ca.pem")});
  EXPECT_EQ(client.finish(), 0) << client.errors();
  EXPECT_TRUE(client.output().ends_with("\r\n\r\nhello\n")) << client.output();
  EXPECT_TRUE(client.errors().contains("TLSv1.3, CN=localhost")) << client.errors();
  server_.signal(SIGINT);
  EXPECT_EQ(server_.finish(), 0) << server_.errors();
  EXPECT_TRUE(server_.output().contains("1 connections served, 0 cut off")) << server_.output();
}

TEST_F(HttpsExamples, ServersThatNobodyVouchesForAreRefused) {
  Program trusting_others({MTCP_HTTPS_CLIENT, "localhost", port_});
  EXPECT_EQ(trusting_others.finish(), 1);
  EXPECT_TRUE(trusting_others.errors().contains("The test's authority"))
      << trusting_others.errors();
  std::ofstream(file_("empty.pem")) << "nothing\n";
  Program without({MTCP_HTTPS_CLIENT, "localhost", port_, "/", file_("empty.pem")});
  EXPECT_EQ(without.finish(), 1);
  EXPECT_TRUE(without.errors().contains("empty.pem")) << without.errors();
}

TEST_F(HttpsExamples, StopByCtrlCAlthoughAClientNeverShakesHands) {
  const TcpManager manager = make_manager();
  const auto silent =
      or_raise(TcpStream::connect(manager, or_raise(SocketAddr::parse("127.0.0.1:" + port_)), 60s));
  Program client({MTCP_HTTPS_CLIENT, "localhost", port_, "/", file_("ca.pem")});
  EXPECT_EQ(client.finish(), 0) << client.errors();  // so that both have been accepted
  server_.signal(SIGINT);
  EXPECT_EQ(server_.finish(), 0) << server_.errors();
  EXPECT_TRUE(server_.output().contains(", 1 cut off")) << server_.output();
}

}  // namespace mtcp::test
