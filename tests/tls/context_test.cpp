#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "servers/support/temporary_folder.hpp"
#include "support/errors.hpp"
#include "tls/support/tls_pair.hpp"

// What contexts are made of, and what is said when it cannot be used.

namespace mtcp::test {

using namespace std::literals;

namespace {

void expect_unusable(const TlsServerOptions& options, std::string_view said) {
  const TcpError error = error_of(TlsContext::server(options));
  EXPECT_TRUE(error == TlsErrc::UnusablePem) << error.message();
  EXPECT_TRUE(error.message().contains(said)) << error.message();
}

}  // namespace

TEST(TlsContext, IsMadeFromFilesAsFromMemory) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/chain.pem") << localhost().certificate;
  std::ofstream(folder.path() + "/key.pem") << localhost().key;
  std::ofstream(folder.path() + "/ca.pem") << the_authority().certificate_text();
  auto client = client_options();
  client.authorities = {TlsPem::file(folder.path() + "/ca.pem")};
  const auto shaken = shake_hands(
      make_manager(), make_client_context(client),
      make_server_context({.identities = {{TlsPem::file(folder.path() + "/chain.pem"),
                                           TlsPem::file(folder.path() + "/key.pem")}}}));
  EXPECT_TRUE(shaken.client) << shaken.client.error().message();
}

TEST(TlsContext, NamesWhatCannotBeUsed) {
  const auto text = [](const std::string& pem) { return TlsPem::text(pem); };
  const Issued other = the_authority().issue();
  expect_unusable({.identities = {{TlsPem::file("/nowhere/chain.pem"), text(other.key)}}},
                  "\"/nowhere/chain.pem\"");
  expect_unusable({.identities = {{text("nothing"), text(other.key)}}}, "no certificate in it");
  expect_unusable({.identities = {{text(other.certificate), text("nothing")}}},
                  "no private key in it");
  expect_unusable({.identities = {{text(other.certificate), text(localhost().key)}}},
                  "key values mismatch");
  const Issued rsa = the_authority().issue({.rsa_bits = 2048});
  expect_unusable({.identities = {{text(rsa.certificate), text(other.key)}}}, "");
  expect_unusable({.identities = {{text(other.certificate.substr(0, 100)), text(other.key)}}},
                  "text in memory");
  auto client = client_options();
  client.revocations = {text(other.certificate)};
  EXPECT_TRUE(error_of(TlsContext::client(client)) == TlsErrc::UnusablePem);
}

TEST(TlsContext, RefusesOptionsThatMakeNoSense) {
  const auto expect_invalid = [](const auto& context) {
    EXPECT_EQ(error_of(context), std::errc::invalid_argument) << error_of(context).message();
  };
  expect_invalid(TlsContext::server({}));
  auto client = client_options();
  client.min_version = TlsVersion::Tls13;
  client.max_version = TlsVersion::Tls12;
  expect_invalid(TlsContext::client(client));
  client = client_options();
  client.protocols = {std::string(256, 'x')};
  expect_invalid(TlsContext::client(client));
  client.protocols = {""};
  expect_invalid(TlsContext::client(client));
  client.protocols = {};
  client.identity = {localhost().identity(), localhost().identity()};
  expect_invalid(TlsContext::client(client));
}

TEST(TlsContext, FitsOneSideOnly) {
  const TcpManager manager = make_manager();
  auto tcp = make_pair(manager);
  EXPECT_EQ(error_of(TlsStream::server(make_client_context(), std::move(tcp.server))),
            std::errc::invalid_argument);
  EXPECT_EQ(error_of(TlsStream::client(make_server_context(), std::move(tcp.client), "a.test")),
            std::errc::invalid_argument);
  const auto context = make_client_context();
  EXPECT_EQ(error_of(TlsStream::client(context, make_pair(manager).client, "")),
            std::errc::invalid_argument);
  EXPECT_EQ(error_of(TlsStream::client(context, make_pair(manager).client, "a\0b"sv)),
            std::errc::invalid_argument);
  TcpStream moved = make_pair(manager).client;
  const TcpStream gone = std::move(moved);
  EXPECT_EQ(error_of(TlsStream::client(context, std::move(moved), "a.test")),
            std::errc::bad_file_descriptor);
}

TEST(TlsContext, CodesHaveNamesOfTheirOwn) {
  for (int value = 1; value <= static_cast<int>(TlsErrc::Other); ++value) {
    const auto code = make_error_code(static_cast<TlsErrc>(value));
    EXPECT_EQ(&code.category(), &tls_category());
    EXPECT_FALSE(code.message().empty());
    for (int other = 1; other < value; ++other)
      EXPECT_NE(code.message(), make_error_code(static_cast<TlsErrc>(other)).message());
  }
}

}  // namespace mtcp::test
