#include <algorithm>
#include <new>
#include <openssl/err.h>
#include <utility>

#include <mtcp/tls/context.hpp>

#include "socket_calls.hpp"
#include "tls/connection.hpp"
#include "tls/context_state.hpp"
#include "tls/pem.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;
using detail::PemResult;
using detail::TlsContextState;
using detail::TlsInternals;

constexpr OperationName making = {"make TLS context", "from"};

constexpr int bits_112 = 2;  // what OpenSSL calls security level 2

int number(TlsVersion version) noexcept {
  return version == TlsVersion::Tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

std::unexpected<TcpError> invalid(const char* reason) {
  return std::unexpected(
      Internals::failure(std::make_error_code(std::errc::invalid_argument), making, {}, reason));
}

std::unexpected<TcpError> unusable(const detail::UnusablePem& pem) {
  return std::unexpected(detail::tls_error(pem.failure, making, pem.subject));
}

std::unexpected<TcpError> failed() {
  return std::unexpected(detail::tls_error(detail::tls_failure_from_queue(), making, {}));
}

bool is_named(const std::vector<std::string>& protocols) {
  return std::ranges::all_of(protocols,
                             [](const auto& name) { return !name.empty() && name.size() < 256; });
}

std::string in_wire_format(const std::vector<std::string>& protocols) {
  std::string text;
  for (const auto& name : protocols) text.append(1, static_cast<char>(name.size())).append(name);
  return text;
}

/// What both sides have in common; null if OpenSSL fails.
std::shared_ptr<TlsContextState> make_state(TlsContextState::Role role, TlsVersion min_version,
                                            TlsVersion max_version) {
  ERR_clear_error();
  const bool client = role == TlsContextState::Role::Client;
  detail::SslContextPtr context(SSL_CTX_new(client ? TLS_client_method() : TLS_server_method()));
  if (!context) return nullptr;
  SSL_CTX* const raw = context.get();
  if (SSL_CTX_set_min_proto_version(raw, number(min_version)) != 1 ||
      SSL_CTX_set_max_proto_version(raw, number(max_version)) != 1)
    return nullptr;
  SSL_CTX_set_security_level(raw, bits_112);
  SSL_CTX_set_options(
      raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_clear_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_default_read_buffer_len(raw, detail::tls_read_ahead);
  return std::make_shared<TlsContextState>(role, std::move(context));
}

PemResult revoke(SSL_CTX* context, const std::vector<TlsPem>& revocations) {
  for (const auto& pem : revocations)
    if (auto added = detail::add_revocations(context, pem); !added) return added;
  return {};
}

PemResult trust(SSL_CTX* context, const std::vector<TlsPem>& authorities, detail::Tell tell) {
  for (const auto& pem : authorities)
    if (auto added = detail::add_authorities(context, pem, tell); !added) return added;
  return {};
}

PemResult fill(SSL_CTX* context, const TlsClientOptions& options) {
  if (auto done = trust(context, options.authorities, detail::Tell::Nobody); !done) return done;
  if (auto done = revoke(context, options.revocations); !done) return done;
  if (options.identity.empty()) return {};
  return detail::use_identity(context, options.identity.front());
}

/// The first identity is that of the context itself, the others have one each.
PemResult fill(TlsContextState& state, const TlsServerOptions& options) {
  SSL_CTX* const context = state.get();
  if (auto done = trust(context, options.client_authorities, detail::Tell::Clients); !done)
    return done;
  if (auto done = revoke(context, options.revocations); !done) return done;
  if (auto done = detail::use_identity(context, options.identities.front()); !done) return done;
  for (const auto& identity : std::span(options.identities).subspan(1)) {
    detail::SslContextPtr other(SSL_CTX_new(TLS_server_method()));
    if (!other) throw std::bad_alloc();
    SSL_CTX_set_security_level(other.get(), bits_112);
    if (auto done = detail::use_identity(other.get(), identity); !done) return done;
    state.add_other(std::move(other));
  }
  return {};
}

int verify_mode(TlsClientCheck check) noexcept {
  switch (check) {
    case TlsClientCheck::None:
      return SSL_VERIFY_NONE;
    case TlsClientCheck::IfShown:
      return SSL_VERIFY_PEER;
    case TlsClientCheck::Required:
      break;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

}  // namespace

TlsContext::TlsContext(std::shared_ptr<TlsContextState> state) noexcept
    : state_(std::move(state)) {}

Result<TlsContext> TlsContext::client(const TlsClientOptions& options) try {
  if (options.identity.size() > 1) return invalid("a client has one identity");
  if (!is_named(options.protocols)) return invalid("an application protocol has 1 to 255 bytes");
  if (options.max_version < options.min_version) return invalid("the versions are crossed");
  auto state = make_state(TlsContextState::Role::Client, options.min_version, options.max_version);
  if (!state) return failed();
  const bool checked = options.server_check == TlsServerCheck::Required;
  SSL_CTX_set_verify(state->get(), checked ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                     detail::TlsConnection::on_certificate);
  if (options.trust == TlsTrust::SystemAndOwn &&
      SSL_CTX_set_default_verify_paths(state->get()) != 1)
    return failed();
  if (auto filled = fill(state->get(), options); !filled) return unusable(filled.error());
  const std::string protocols = in_wire_format(options.protocols);
  if (SSL_CTX_set_alpn_protos(state->get(),
                              reinterpret_cast<const unsigned char*>(protocols.data()),
                              static_cast<unsigned>(protocols.size())) != 0)
    return failed();
  SSL_CTX_set_session_cache_mode(state->get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(state->get(), detail::TlsConnection::on_session);
  return TlsInternals::context(std::move(state));
} catch (const std::bad_alloc&) {
  return std::unexpected(detail::no_memory(making, {}));
}

Result<TlsContext> TlsContext::server(const TlsServerOptions& options) try {
  if (options.identities.empty()) return invalid("a server has an identity");
  if (!is_named(options.protocols)) return invalid("an application protocol has 1 to 255 bytes");
  if (options.max_version < options.min_version) return invalid("the versions are crossed");
  auto state = make_state(TlsContextState::Role::Server, options.min_version, options.max_version);
  if (!state) return failed();
  SSL_CTX_set_verify(state->get(), verify_mode(options.client_check),
                     detail::TlsConnection::on_certificate);
  if (auto filled = fill(*state, options); !filled) return unusable(filled.error());
  state->set_protocols(in_wire_format(options.protocols));
  SSL_CTX_set_alpn_select_cb(state->get(), detail::TlsConnection::on_protocols, state.get());
  SSL_CTX_set_tlsext_servername_callback(state->get(), detail::TlsConnection::on_server_name);
  SSL_CTX_set_tlsext_servername_arg(state->get(), state.get());
  constexpr unsigned char name[] = {'m', 't', 'c', 'p'};
  SSL_CTX_set_session_id_context(state->get(), name, sizeof name);
  return TlsInternals::context(std::move(state));
} catch (const std::bad_alloc&) {
  return std::unexpected(detail::no_memory(making, {}));
}

}  // namespace mtcp
