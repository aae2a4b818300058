#pragma once

#include <memory>
#include <openssl/x509.h>
#include <string>
#include <string_view>
#include <system_error>

#include <mtcp/tls/errc.hpp>

#include "error_detail.hpp"
#include "internals.hpp"

namespace mtcp::detail {

/// What went wrong in TLS: a code, and what a message says besides. Copies share the text.
struct TlsFailure {
  std::error_code code;
  std::shared_ptr<const ErrorDetail> detail;
};

/// With `text` in brackets behind the code's own message; without it if there is no memory.
TlsFailure tls_failure(TlsErrc errc, std::string_view text) noexcept;

/// What OpenSSL says that went wrong last in this thread.
TlsFailure tls_failure_from_queue() noexcept;

/// Why `certificate`, which may be null, was not found good; `reason` is one of X509_V_ERR_*.
/// `host` is what it was to be for.
TlsFailure certificate_failure(int reason, X509* certificate, std::string_view host) noexcept;

/// What OpenSSL says that went wrong first, in its words, which are then forgotten.
std::string take_openssl_reason();

/// The subject or the issuer in the form of RFC 2253.
std::string name_text(const X509_NAME* name);

/// The same error, with what `failure` says.
TcpError tls_error(const TlsFailure& failure, OperationName operation,
                   const Subject& subject) noexcept;

}  // namespace mtcp::detail
