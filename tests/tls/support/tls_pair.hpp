#pragma once

#include <chrono>

#include <mtcp/tls.hpp>

#include "support/pair.hpp"
#include "tls/support/authority.hpp"

namespace mtcp::test {

/// Longer than anything takes that ends at all.
inline constexpr std::chrono::seconds long_enough{60};

/// A client that trusts the_authority() alone.
TlsClientOptions client_options();
/// A server that is localhost.
TlsServerOptions server_options();

TlsContext make_client_context(const TlsClientOptions& options = client_options());
TlsContext make_server_context(const TlsServerOptions& options = server_options());

/// What became of a handshake on both sides.
struct Shaken {
  Result<TlsStream> client;
  Result<TlsStream> server;
};
/// Over a fresh connection; `host` is whom the client asks for.
Shaken shake_hands(const TcpManager& manager, const TlsContext& client, const TlsContext& server,
                   std::string_view host = "localhost");
Shaken shake_hands(Pair tcp, const TlsContext& client, const TlsContext& server,
                   std::string_view host = "localhost");

/// Both ends of a TLS connection over loopback, tied to the same manager.
struct TlsPair {
  TlsStream client;
  TlsStream server;
};
/// Nothing is unread: the tickets that a server sends after the handshake have been taken.
TlsPair make_tls_pair(const TcpManager& manager, TlsVersion version = TlsVersion::Tls13);
TlsPair make_tls_pair(Pair tcp, TlsVersion version = TlsVersion::Tls13);

}  // namespace mtcp::test
