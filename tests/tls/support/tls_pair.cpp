#include "tls/support/tls_pair.hpp"

#include <array>
#include <cstddef>
#include <future>
#include <utility>

namespace mtcp::test {

TlsClientOptions client_options() {
  TlsClientOptions options;
  options.trust = TlsTrust::OwnOnly;
  options.authorities = {the_authority().pem()};
  return options;
}

TlsServerOptions server_options() {
  TlsServerOptions options;
  options.identities = {localhost().identity()};
  return options;
}

TlsContext make_client_context(const TlsClientOptions& options) {
  return or_raise(TlsContext::client(options));
}

TlsContext make_server_context(const TlsServerOptions& options) {
  return or_raise(TlsContext::server(options));
}

Shaken shake_hands(Pair tcp, const TlsContext& client, const TlsContext& server,
                   std::string_view host) {
  auto accepting = std::async(std::launch::async, [&, stream = std::move(tcp.server)]() mutable {
    return TlsStream::accept(server, std::move(stream), long_enough);
  });
  auto connected = TlsStream::connect(client, std::move(tcp.client), host, long_enough);
  return {std::move(connected), accepting.get()};
}

Shaken shake_hands(const TcpManager& manager, const TlsContext& client, const TlsContext& server,
                   std::string_view host) {
  return shake_hands(make_pair(manager), client, server, host);
}

TlsPair make_tls_pair(Pair tcp, TlsVersion version) {
  auto client = client_options();
  client.max_version = version;
  auto shaken = shake_hands(std::move(tcp), make_client_context(client), make_server_context());
  TlsPair pair{or_raise(std::move(shaken.client)), or_raise(std::move(shaken.server))};
  std::array<std::byte, 1> one{};
  or_raise(pair.server.write_all(one, long_enough));
  or_raise(pair.client.read_exact(one, long_enough));
  return pair;
}

TlsPair make_tls_pair(const TcpManager& manager, TlsVersion version) {
  return make_tls_pair(make_pair(manager), version);
}

}  // namespace mtcp::test
