#include <array>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "servers/support/start_server.hpp"
#include "servers/support/temporary_folder.hpp"
#include "support/pair.hpp"
#include "tls/support/tls_pair.hpp"

// mtcp's TLS and that of others: OpenSSL's own programs, curl and nginx, in both versions.

namespace mtcp::test {

using namespace std::literals;

namespace {

class TlsPeers : public ::testing::TestWithParam<TlsVersion> {
 protected:
  TlsPeers() {
    std::ofstream(file("chain.pem")) << localhost().certificate;
    std::ofstream(file("key.pem")) << localhost().key;
    std::ofstream(file("ca.pem")) << the_authority().certificate_text();
  }

  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  static std::string version_option() {
    return GetParam() == TlsVersion::Tls12 ? "-tls1_2" : "-tls1_3";
  }
  static TlsContext client_context() {
    auto options = client_options();
    options.max_version = GetParam();
    return make_client_context(options);
  }
  static TlsContext server_context() {
    auto options = server_options();
    options.max_version = GetParam();
    return make_server_context(options);
  }
  Result<TlsStream> connect(std::uint16_t port) const {
    auto tcp = TcpStream::connect(manager_, SocketAddr::loopback_v4(port), 5s);
    if (!tcp) return std::unexpected(tcp.error());
    return TlsStream::connect(client_context(), std::move(*tcp), "localhost", 5s);
  }
  TlsStream accept(TcpListener& listener) const {
    auto tcp = or_raise(TcpStream::from(manager_, or_raise(listener.accept(long_enough))));
    return or_raise(TlsStream::accept(server_context(), std::move(tcp), long_enough));
  }

  TemporaryFolder folder_;
  TcpManager manager_ = make_manager();
};

std::string web_server() {
  return find_program("nginx", {"/usr/sbin", "/usr/local/sbin"});
}

}  // namespace

TEST_P(TlsPeers, OpensslAsTheServer) {
  if (find_program("openssl").empty()) GTEST_SKIP() << "openssl is not installed";
  const auto start = [this](std::uint16_t port) {
    return std::make_unique<Program>(std::vector<std::string>{
        find_program("openssl"), "s_server", "-accept", "127.0.0.1:" + std::to_string(port),
        "-cert", file("chain.pem"), "-key", file("key.pem"), "-rev", "-quiet", version_option()});
  };
  const auto server =
      start_server(start, [this](const StartedServer& s) { return connect(s.port).has_value(); });
  auto stream = or_raise(connect(server.port));
  for (int i = 0; i < 20; ++i) {
    or_raise(stream.write_all("desrever\n"sv, long_enough));
    std::string answer(9, '.');
    or_raise(stream.read_exact(answer, long_enough));
    ASSERT_EQ(answer, "reversed\n");
    if (i == 10 && GetParam() == TlsVersion::Tls13) or_raise(stream.update_keys());
  }
}

TEST_P(TlsPeers, OpensslAsTheClient) {
  if (find_program("openssl").empty()) GTEST_SKIP() << "openssl is not installed";
  auto listener = make_listener(manager_);
  const auto address = or_raise(listener.local_addr()).to_string();
  Program client({find_program("openssl"), "s_client", "-connect", address, "-CAfile",
                  file("ca.pem"), "-verify_return_error", "-verify_hostname", "localhost",
                  version_option()});
  auto stream = accept(listener);
  ASSERT_TRUE(client.write("from s_client\n"));
  std::string text(14, '.');
  or_raise(stream.read_exact(text, long_enough));
  EXPECT_EQ(text, "from s_client\n");
  // "K" asks for new keys, of both sides; "R" renegotiates, which is refused.
  ASSERT_TRUE(client.write(GetParam() == TlsVersion::Tls13 ? "K\n" : "R\n"));
  if (GetParam() == TlsVersion::Tls13) {
    ASSERT_TRUE(client.wait_for_errors("KEYUPDATE", Deadline(long_enough))) << client.errors();
    ASSERT_TRUE(client.write("after\n"));
    text.resize(6);
    or_raise(stream.read_exact(text, long_enough));
    EXPECT_EQ(text, "after\n");
    or_raise(stream.write_all("and back\n"sv, long_enough));
    EXPECT_TRUE(client.wait_for_output("and back", Deadline(long_enough))) << client.errors();
  } else {
    const auto read = stream.read(text, long_enough);
    EXPECT_TRUE(!read || *read == 0) << "renegotiated, and went on";
  }
}

TEST_P(TlsPeers, CurlAsTheClient) {
  if (find_program("curl").empty()) GTEST_SKIP() << "curl is not installed";
  auto listener = make_listener(manager_);
  const auto port = std::to_string(or_raise(listener.local_addr()).port());
  Program curl({find_program("curl"), "--silent", "--show-error", "--cacert", file("ca.pem"),
                "--noproxy", "*", "https://localhost:" + port + "/", "--resolve",
                "localhost:" + port + ":127.0.0.1"});
  auto stream = accept(listener);
  TcpReader reader(stream);
  const auto line = or_raise(reader.read_line(1000, long_enough));
  EXPECT_EQ(line, "GET / HTTP/1.1");
  const std::string body(1'000'000, 'x');
  or_raise(stream.write_all({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"sv, body}, long_enough));
  or_raise(stream.shutdown(Shutdown::Write));
  EXPECT_EQ(curl.finish(), 0) << curl.errors();
  EXPECT_EQ(curl.output(), body);
}

TEST_P(TlsPeers, NginxAsTheServer) {
  if (web_server().empty()) GTEST_SKIP() << "nginx is not installed";
  const std::string body(1'000'000, 'y');
  std::ofstream(file("body")) << body;
  const auto start = [this](std::uint16_t port) {
    std::ofstream out(file("nginx.conf"));
    out << "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\n"
        << "http {\n  access_log off;\n";
    for (const char* use : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      out << "  " << use << "_temp_path " << use << ";\n";
    out << "  server {\n    listen 127.0.0.1:" << port << " ssl;\n    root .;\n"
        << "    ssl_certificate chain.pem;\n    ssl_certificate_key key.pem;\n  }\n}\n";
    out.close();
    return std::make_unique<Program>(std::vector<std::string>{
        web_server(), "-p", folder_.path(), "-e", "stderr", "-c", file("nginx.conf")});
  };
  const auto server =
      start_server(start, [this](const StartedServer& s) { return connect(s.port).has_value(); });
  auto stream = or_raise(connect(server.port));
  or_raise(stream.write_all("GET /body HTTP/1.0\r\nHost: localhost\r\n\r\n"sv, long_enough));
  std::string answer;
  or_raise(stream.read_to_end(answer, 2'000'000, long_enough));  // nginx says farewell
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer.substr(0, 100);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + body));
}

INSTANTIATE_TEST_SUITE_P(Of, TlsPeers, ::testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const auto& version) {
                           return version.param == TlsVersion::Tls12 ? "Version12" : "Version13";
                         });

}  // namespace mtcp::test
