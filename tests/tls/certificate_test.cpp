#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "tls/support/raw_tls.hpp"
#include "tls/support/tls_pair.hpp"

// Who the peer is, and what is said when it is not who it should be.

namespace mtcp::test {

using namespace std::literals;

namespace {

class TlsCertificate : public ::testing::Test {
 protected:
  /// Expects that the client refuses a server with `identity` and says so, and that the server
  /// hears of it.
  void expect_refused(const Issued& identity, TlsErrc errc, std::vector<std::string_view> said,
                      std::string_view host = "localhost",
                      const TlsClientOptions& options = client_options()) {
    const auto shaken =
        shake_hands(manager_, make_client_context(options),
                    make_server_context({.identities = {identity.identity()}}), host);
    const TcpError error = error_of(shaken.client);
    EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
    EXPECT_TRUE(error == errc) << error.message();
    EXPECT_TRUE(error.message().starts_with("handshake with 127.0.0.1:")) << error.message();
    for (const auto part : said) EXPECT_TRUE(error.message().contains(part)) << error.message();
    if (shaken.server) {  // TLS 1.3 lets a server be done before the client has looked
      auto server = or_raise(shaken.server->try_clone());
      std::array<std::byte, 1> one;
      EXPECT_TRUE(error_of(server.read(one, long_enough)) == TlsErrc::RefusedByPeer);
    } else {
      EXPECT_TRUE(shaken.server.error() == TlsErrc::RefusedByPeer)
          << shaken.server.error().message();
    }
  }

  void expect_good(const Issued& identity, std::string_view host) {
    const auto shaken =
        shake_hands(manager_, make_client_context(),
                    make_server_context({.identities = {identity.identity()}}), host);
    EXPECT_TRUE(shaken.client) << host << ": " << shaken.client.error().message();
  }

  TcpManager manager_ = make_manager();
  Authority& authority_ = the_authority();
};

}  // namespace

TEST_F(TlsCertificate, IsGoodForTheNamesInIt) {
  const auto issued =
      authority_.issue({.alternative = {"DNS:a.test", "DNS:*.b.test", "IP:127.0.0.1", "IP:::1"}});
  for (const auto host : {"a.test", "A.TEST", "a.test.", "www.b.test", "127.0.0.1", "::1"})
    expect_good(issued, host);
  for (const auto host : {"b.test", "www.a.test", "x.www.b.test", "127.0.0.2", "localhost"})
    expect_refused(issued, TlsErrc::CertificateForAnotherHost,
                   {"it was to be for ", "CN=localhost"}, host);
}

TEST_F(TlsCertificate, IsNotForANameThatOnlyItsSubjectHas) {
  const auto issued = authority_.issue({.name = "localhost", .alternative = {}});
  expect_refused(issued, TlsErrc::CertificateForAnotherHost,
                 {"it was to be for localhost", "CN=localhost"});
}

TEST_F(TlsCertificate, ThatHasExpiredIsRefused) {
  expect_refused(authority_.issue({.name = "old.test", .begins = -48h, .ends = -24h}),
                 TlsErrc::CertificateExpired,
                 {"expired", "CN=old.test", "CN=The test's authority"});
}

TEST_F(TlsCertificate, ThatIsNotValidYetIsRefused) {
  expect_refused(authority_.issue({.name = "new.test", .begins = 24h, .ends = 48h}),
                 TlsErrc::CertificateNotYetValid, {"not valid yet", "CN=new.test"});
}

TEST_F(TlsCertificate, ThatIsSelfSignedIsRefused) {
  expect_refused(Authority::self_signed({.name = "self.test"}), TlsErrc::CertificateSelfSigned,
                 {"signed by itself", "CN=self.test"});
}

TEST_F(TlsCertificate, OfAnUnknownAuthorityIsRefused) {
  Authority other("Somebody else");
  expect_refused(other.issue(), TlsErrc::CertificateUntrusted, {"CN=Somebody else"});
}

TEST_F(TlsCertificate, OfAnAuthorityThatOnlyTheTestKnowsIsRefusedByTheSystemsTrust) {
  expect_refused(localhost(), TlsErrc::CertificateUntrusted, {"The test's authority"}, "localhost",
                 {});
}

TEST_F(TlsCertificate, ForAnotherPurposeIsRefused) {
  expect_refused(authority_.issue({.usage = "clientAuth"}), TlsErrc::CertificateForAnotherPurpose,
                 {"purpose", "CN=localhost"});
}

TEST_F(TlsCertificate, ThatWasRevokedIsRefused) {
  Authority authority("One that revokes");
  const auto good = authority.issue({.name = "good.test"});
  const auto bad = authority.issue({.name = "bad.test"});
  authority.revoke(bad);
  auto options = client_options();
  options.authorities = {authority.pem()};
  options.revocations = {authority.revocations()};
  expect_refused(bad, TlsErrc::CertificateRevoked, {"revoked", "CN=bad.test"}, "localhost",
                 options);
  const auto shaken = shake_hands(manager_, make_client_context(options),
                                  make_server_context({.identities = {good.identity()}}));
  EXPECT_TRUE(shaken.client) << shaken.client.error().message();
}

TEST_F(TlsCertificate, OfAnAuthorityWithoutItsListIsRefusedWhereListsAreUsed) {
  Authority other("Another with a list");
  auto options = client_options();
  options.revocations = {other.revocations()};
  expect_refused(localhost(), TlsErrc::RevocationUnknown, {"CN=localhost"}, "localhost", options);
}

TEST_F(TlsCertificate, WithATooShortKeyIsRefusedAndCannotBeShown) {
  const auto weak = authority_.issue({.name = "weak.test", .rsa_bits = 1024});
  const TcpError error = error_of(TlsContext::server({.identities = {weak.identity()}}));
  EXPECT_TRUE(error == TlsErrc::UnusablePem) << error.message();
  EXPECT_TRUE(error.message().contains("key too small")) << error.message();

  auto tcp = make_pair(manager_);
  const RawTls server(RawTls::Side::Server, std::move(tcp.server), weak,
                      [](SSL* ssl) { SSL_do_handshake(ssl); });
  const auto refused =
      TlsStream::connect(make_client_context(), std::move(tcp.client), "localhost", long_enough);
  EXPECT_TRUE(error_of(refused) == TlsErrc::CertificateTooWeak) << error_of(refused).message();
  EXPECT_TRUE(error_of(refused).message().contains("CN=weak.test"));
}

TEST_F(TlsCertificate, IsNotLookedAtOnlyByAnUglyName) {
  auto options = client_options();
  options.server_check = TlsServerCheck::DangerouslyNone;
  const auto shaken = shake_hands(
      manager_, make_client_context(options),
      make_server_context({.identities = {Authority::self_signed().identity()}}), "any.test");
  EXPECT_TRUE(shaken.client) << shaken.client.error().message();
}

TEST_F(TlsCertificate, OfAClientIsCheckedByAServerThatAsks) {
  auto server = server_options();
  server.client_check = TlsClientCheck::Required;
  server.client_authorities = {authority_.pem()};
  auto client = client_options();
  client.identity = {authority_.issue({.name = "a client"}).identity()};
  const auto shaken =
      shake_hands(manager_, make_client_context(client), make_server_context(server));
  ASSERT_TRUE(shaken.client && shaken.server) << shaken.server.error().message();
  EXPECT_EQ(shaken.server->peer_subject(), "CN=a client");
  EXPECT_EQ(shaken.client->peer_subject(), "CN=localhost");
}

TEST_F(TlsCertificate, OfAClientThatIsMissingOrBadIsRefused) {
  auto server = server_options();
  server.client_check = TlsClientCheck::Required;
  server.client_authorities = {authority_.pem()};
  for (const auto version : {TlsVersion::Tls12, TlsVersion::Tls13}) {
    for (const bool bad : {false, true}) {
      auto client = client_options();
      client.max_version = version;
      if (bad) client.identity = {Authority("Nobody").issue({.name = "bad client"}).identity()};
      auto shaken = shake_hands(manager_, make_client_context(client), make_server_context(server));
      EXPECT_TRUE(error_of(shaken.server) ==
                  (bad ? TlsErrc::CertificateUntrusted : TlsErrc::CertificateMissing))
          << error_of(shaken.server).message();
      std::array<std::byte, 1> one;
      const TcpError told =
          shaken.client ? error_of(shaken.client->read(one, long_enough)) : shaken.client.error();
      EXPECT_TRUE(told == TlsErrc::RefusedByPeer || told == TlsErrc::NothingInCommon)
          << told.message();
    }
  }
}

TEST_F(TlsCertificate, OfAClientMayBeMissingWhereItNeedNotBeShown) {
  auto server = server_options();
  server.client_check = TlsClientCheck::IfShown;
  server.client_authorities = {authority_.pem()};
  const auto shaken = shake_hands(manager_, make_client_context(), make_server_context(server));
  ASSERT_TRUE(shaken.server) << shaken.server.error().message();
  EXPECT_EQ(shaken.server->peer_subject(), "");
}

TEST_F(TlsCertificate, IsChosenByTheNameThatAClientAsksFor) {
  auto options = server_options();
  options.identities.clear();
  options.protocols = {"h2"};
  options.client_check = TlsClientCheck::Required;
  options.client_authorities = {authority_.pem()};
  for (const std::string name : {"a.test", "b.test", "c.test"})
    options.identities.push_back(
        authority_.issue({.name = name, .alternative = {"DNS:" + name}}).identity());
  // The other identities have another kind of key than the first.
  options.identities.front() =
      authority_.issue({.name = "a.test", .alternative = {"DNS:a.test"}, .rsa_bits = 2048})
          .identity();
  const auto server = make_server_context(options);
  auto client = client_options();
  client.protocols = {"http/1.1", "h2"};
  client.identity = {localhost().identity()};
  for (const std::string name : {"a.test", "b.test", "c.test"}) {
    const auto shaken = shake_hands(manager_, make_client_context(client), server, name);
    ASSERT_TRUE(shaken.client) << shaken.client.error().message();
    ASSERT_TRUE(shaken.server) << shaken.server.error().message();
    EXPECT_EQ(shaken.client->protocol(), "h2");
    EXPECT_EQ(shaken.client->peer_subject(), "CN=" + name);
    EXPECT_EQ(shaken.server->server_name(), name);
  }
  const auto shaken = shake_hands(manager_, make_client_context(), server, "d.test");
  EXPECT_TRUE(error_of(shaken.client) == TlsErrc::CertificateForAnotherHost);
}

}  // namespace mtcp::test
