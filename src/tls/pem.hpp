#pragma once

#include <expected>
#include <string>

#include <mtcp/tls/context.hpp>

#include "tls/failure.hpp"
#include "tls/openssl.hpp"

namespace mtcp::detail {

/// What is wrong with a TlsPem: which, and what.
struct UnusablePem {
  Subject subject;
  TlsFailure failure;
};

using PemResult = std::expected<void, UnusablePem>;

/// Each may throw std::bad_alloc.

/// What `context` shows to the peer.
PemResult use_identity(SSL_CTX* context, const TlsIdentity& identity);
/// Trusts the authorities in `pem`; a server tells clients their names.
enum class Tell { Nobody, Clients };
PemResult add_authorities(SSL_CTX* context, const TlsPem& pem, Tell tell);
/// From then on every certificate of a chain is looked up.
PemResult add_revocations(SSL_CTX* context, const TlsPem& pem);

}  // namespace mtcp::detail
