// mtcp-proxy with TLS on either side.
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

#include "servers/support/running_proxy.hpp"
#include "servers/support/temporary_folder.hpp"
#include "support/pair.hpp"
#include "support/pattern.hpp"
#include "tls/support/tls_pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using Words = std::vector<std::string>;

constexpr std::size_t much = 4 << 20;

/// A proxy with TLS, its client and its target.
class ProxyTls : public ::testing::Test {
 protected:
  ProxyTls() {
    write("chain.pem", localhost().certificate);
    write("key.pem", localhost().key);
    write("ca.pem", the_authority().certificate_text());
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
  }
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }

  Words for_clients() const {
    return {"--certificate", file("chain.pem"), "--key", file("key.pem")};
  }
  Words for_target() const { return {"--target-tls", "--target-authorities", file("ca.pem")}; }

  RunningProxy start(Words words, const Words& more = {}) const {
    words.insert(words.end(), more.begin(), more.end());
    return RunningProxy(or_raise(listener_.local_addr()), {.arguments = words});
  }

  TcpStream accept() {
    return or_raise(TcpStream::from(manager_, or_raise(listener_.accept(long_enough))));
  }
  TlsStream accept_tls() {
    return or_raise(TlsStream::accept(make_server_context(), accept(), long_enough));
  }
  Result<TlsStream> shake(TcpStream tcp) const {
    return TlsStream::connect(make_client_context(), std::move(tcp), "localhost", long_enough);
  }

  TemporaryFolder folder_;
  TcpManager manager_ = make_manager();
  TcpListener listener_ = make_listener(manager_);
};

template <Stream S>
void send_pattern(S& stream, std::size_t offset) {
  or_raise(stream.write_all(pattern(much, offset), 60s));
  or_raise(stream.shutdown(Shutdown::Write));
}

template <Stream S>
void expect_pattern(S& stream, std::size_t offset) {
  std::vector<std::byte> seen;
  const auto count = stream.read_to_end(seen, 2 * much, 60s);
  ASSERT_TRUE(count) << count.error().message();
  EXPECT_EQ(*count, much);
  EXPECT_TRUE(is_pattern(seen, offset));
}

/// Bytes in bulk both ways, each ended alone.
template <Stream Client, Stream Target>
void expect_joined(Client& client, Target& target) {
  auto there = std::async(std::launch::async, [&] { send_pattern(client, 0); });
  expect_pattern(target, 0);
  there.get();
  auto back = std::async(std::launch::async, [&] { send_pattern(target, 7); });
  expect_pattern(client, 7);
  back.get();
}

/// That it is told, whatever it says before, that something is missing.
template <Stream S>
void expect_no_end(S& stream) {
  std::string seen;
  const auto all = stream.read_to_end(seen, 1000, 60s);
  ASSERT_FALSE(all) << "a clean end after " << seen;
  EXPECT_EQ(all.error().kind(), TcpError::Kind::Failed) << all.error().message();
}

}  // namespace

TEST_F(ProxyTls, IsSpokenToClients) {
  auto proxy = start(for_clients());
  auto client = or_raise(shake(proxy.connect(manager_)));
  auto target = accept();
  expect_joined(client, target);
  proxy.wait_for("served", 1);
  EXPECT_EQ(proxy.last_statistics().at("bytes to the target"), much);
}

TEST_F(ProxyTls, IsSpokenToTheTarget) {
  auto proxy = start(for_target());
  auto client = proxy.connect(manager_);
  auto target = accept_tls();
  expect_joined(client, target);
  proxy.wait_for("served", 1);
}

TEST_F(ProxyTls, IsSpokenToBoth) {
  auto proxy = start(for_clients(), for_target());
  auto connecting = std::async(std::launch::async, [&] { return shake(proxy.connect(manager_)); });
  auto target = accept_tls();
  auto client = or_raise(connecting.get());
  expect_joined(client, target);
  proxy.wait_for("served", 1);
}

TEST_F(ProxyTls, ShowsTheCertificateThatAClientAsksFor) {
  const auto other = the_authority().issue({.name = "other", .alternative = {"DNS:other.test"}});
  write("other.pem", other.certificate);
  write("other-key.pem", other.key);
  auto proxy =
      start(for_clients(), {"--certificate", file("other.pem"), "--key", file("other-key.pem")});
  for (const auto name : {"localhost", "other.test"})
    or_raise(TlsStream::connect(make_client_context(), proxy.connect(manager_), name, 60s));
}

TEST_F(ProxyTls, ACutOffTargetIsNoEndForTheClient) {
  auto proxy = start(for_clients(), for_target());
  auto connecting = std::async(std::launch::async, [&] { return shake(proxy.connect(manager_)); });
  auto target = accept_tls();
  auto client = or_raise(connecting.get());
  or_raise(target.write_all("half of an ans"sv, long_enough));
  or_raise(target.transport()->shutdown(Shutdown::Write));
  expect_no_end(client);
  proxy.wait_for("broken", 1);
}

TEST_F(ProxyTls, AnIdleConnectionIsNoEndForEither) {
  auto proxy = start(for_clients(), {"--idle-timeout", "300ms"});
  auto client = or_raise(shake(proxy.connect(manager_)));
  auto target = accept();
  expect_no_end(client);
  expect_no_end(target);
  proxy.wait_for("timed out idle", 1);
}

TEST_F(ProxyTls, AKilledProxyIsNoEndForTheClient) {
  auto proxy = start(for_clients());
  auto client = or_raise(shake(proxy.connect(manager_)));
  auto target = accept();
  or_raise(client.write_all("!"sv, long_enough));  // so that the proxy has both sides
  std::array<std::byte, 1> byte;
  or_raise(target.read_exact(byte, long_enough));
  proxy.program().signal(SIGKILL);
  expect_no_end(client);
  expect_no_end(target);
}

TEST_F(ProxyTls, AnUnreachableTargetIsNoEndForTheClient) {
  RunningProxy proxy("127.0.0.1:1", {.arguments = for_clients()});  // where nobody listens
  auto client = or_raise(shake(proxy.connect(manager_)));
  expect_no_end(client);
  proxy.wait_for("failed to connect", 1);
}

TEST_F(ProxyTls, ClientsThatDoNotSpeakItAreCountedAndDisturbNobody) {
  auto proxy = start(for_clients(), {"--handshake-timeout", "1s"});
  auto silent = proxy.connect(manager_);
  auto plain = proxy.connect(manager_);
  or_raise(plain.write_all("GET / HTTP/1.1\r\n\r\n"sv, long_enough));
  auto client = or_raise(shake(proxy.connect(manager_)));
  auto target = accept();
  expect_joined(client, target);
  proxy.wait_for("failed to shake hands", 2);
  proxy.wait_for_log("handshake with 127.0.0.1:");
  EXPECT_FALSE(listener_.accept(0s));  // nobody asked the target for them
}

TEST_F(ProxyTls, ATargetOfAnotherNameIsRefused) {
  const auto target_is = [&](const Words& more) {
    auto proxy = start(for_target(), more);
    auto client = proxy.connect(manager_);
    const auto other = the_authority().issue({.alternative = {"DNS:db.test"}});
    const auto context = make_server_context({.identities = {other.identity()}});
    const bool good = TlsStream::accept(context, accept(), long_enough).has_value() &&
                      proxy.statistics().at("failed to connect") == 0;
    if (!good) expect_no_end(client);
    return good;
  };
  EXPECT_TRUE(target_is({"--target-name", "db.test"}));
  EXPECT_FALSE(target_is({"--target-name", "localhost"}));
  EXPECT_FALSE(target_is({}));
}

TEST_F(ProxyTls, ClientsMustShowACertificateWhereItIsAskedFor) {
  auto proxy = start(for_clients(), {"--client-authorities", file("ca.pem")});
  auto options = client_options();
  options.identity = {localhost().identity()};
  auto known = or_raise(TlsStream::connect(make_client_context(options), proxy.connect(manager_),
                                           "localhost", long_enough));
  auto target = accept();
  expect_joined(known, target);
  auto stranger = shake(proxy.connect(manager_));
  if (stranger) expect_no_end(*stranger);
  proxy.wait_for("failed to shake hands", 1);
}

TEST_F(ProxyTls, FilesThatCannotBeUsedAreNamedAtTheStart) {
  Program program({proxy_program(), "-l", "127.0.0.1:0", "--certificate", file("none.pem"), "--key",
                   file("key.pem"), "localhost:1"});
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 1);
  EXPECT_TRUE(program.errors().contains("none.pem")) << program.errors();
}

}  // namespace mtcp::test
