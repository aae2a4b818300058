#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <mtcp/tcp_error.hpp>

namespace mtcp {

namespace detail {
class TlsContextState;
struct TlsInternals;
}  // namespace detail

/// Certificates, a key or revocation lists in the PEM format (RFC 7468), in a file or in memory.
/// Threads: as any value type.
class TlsPem {
 public:
  /// The file at `path`, which is read when a context is made of it.
  static TlsPem file(std::string path) { return TlsPem(Source::File, std::move(path)); }
  /// The text itself.
  static TlsPem text(std::string pem) { return TlsPem(Source::Text, std::move(pem)); }

 private:
  friend struct detail::TlsInternals;

  enum class Source { File, Text };

  TlsPem(Source source, std::string value) : source_(source), value_(std::move(value)) {}

  Source source_;
  std::string value_;
};

/// Who one is: a certificate, and the key that it is for.
struct TlsIdentity {
  /// One's own certificate first, then those of the authorities between it and a trusted one.
  TlsPem certificates;
  /// The private key, not encrypted.
  TlsPem key;
};

/// Versions of the protocol.
enum class TlsVersion {
  /// RFC 5246, the oldest that there is here.
  Tls12,
  /// RFC 8446.
  Tls13
};

/// Whom a client trusts.
enum class TlsTrust {
  /// The system's authorities, and those of the options.
  SystemAndOwn,
  /// The authorities of the options alone.
  OwnOnly
};

/// Whether a client checks who the server is.
enum class TlsServerCheck {
  /// Its certificate and its name are checked.
  Required,
  /// Nothing is checked: whoever is on the way can read and change everything. For tests.
  DangerouslyNone
};

/// How a client speaks TLS; every member has a good default.
struct TlsClientOptions {
  /// Whom to trust.
  TlsTrust trust = TlsTrust::SystemAndOwn;
  /// Authorities of one's own that are trusted.
  std::vector<TlsPem> authorities = {};
  /// Lists of revoked certificates. With one, every authority in a server's chain needs one.
  std::vector<TlsPem> revocations = {};
  /// What to show to servers that ask for a certificate: at most one.
  std::vector<TlsIdentity> identity = {};
  /// Application protocols (ALPN, RFC 7301) from the best to the worst, as "h2" and "http/1.1".
  std::vector<std::string> protocols = {};
  /// The oldest version that will do.
  TlsVersion min_version = TlsVersion::Tls12;
  /// The newest version to offer.
  TlsVersion max_version = TlsVersion::Tls13;
  /// Whether to check who the server is.
  TlsServerCheck server_check = TlsServerCheck::Required;
};

/// What a server asks clients for.
enum class TlsClientCheck {
  /// Nothing.
  None,
  /// A certificate; a client need not have one, but one that it shows must be valid.
  IfShown,
  /// A valid certificate.
  Required
};

/// How a server speaks TLS; every member but `identities` has a good default.
struct TlsServerOptions {
  /// What to show: the first whose names match the one that a client asks for (SNI), or else the
  /// first.
  std::vector<TlsIdentity> identities = {};
  /// What to ask clients for.
  TlsClientCheck client_check = TlsClientCheck::None;
  /// Who may sign certificates of clients; the system's authorities are not trusted with that.
  std::vector<TlsPem> client_authorities = {};
  /// Lists of revoked certificates. With one, every authority in a client's chain needs one.
  std::vector<TlsPem> revocations = {};
  /// Application protocols (ALPN, RFC 7301) from the best to the worst. A client that offers some,
  /// but none of these, is refused; one that offers none is not.
  std::vector<std::string> protocols = {};
  /// The oldest version that will do.
  TlsVersion min_version = TlsVersion::Tls12;
  /// The newest version to offer.
  TlsVersion max_version = TlsVersion::Tls13;
};

/// What TLS connections of one kind share: certificates, trust, and the sessions that they resume.
///
/// A cheap handle; copies are the same context, and so is a moved-from one. Nothing in it can be
/// changed: for other certificates make another. Keys shorter than 112 bits of security (RSA: 2048
/// bits), compression and renegotiation are refused. A client resumes its last session with the
/// same host and port, once for each ticket.
///
/// ```cpp
/// auto context = mtcp::or_raise(mtcp::TlsContext::client());  // trusts whom the system trusts
/// auto served = mtcp::or_raise(mtcp::TlsContext::server(
///     {.identities = {{mtcp::TlsPem::file("chain.pem"), mtcp::TlsPem::file("key.pem")}}}));
/// ```
///
/// Threads: all members may be called from any threads at once. Not for signal handlers.
class TlsContext {
 public:
  /// For clients. Reads the files; does not wait for anything else.
  /// Errors: Failed with TlsErrc::UnusablePem, naming what cannot be read or does not belong
  /// together; with invalid_argument for more than one identity, an application protocol of less
  /// than 1 or more than 255 bytes, or a newest version that is older than the oldest; with
  /// not_enough_memory.
  [[nodiscard]] static Result<TlsContext> client(const TlsClientOptions& options = {});

  /// For servers. Errors: as client(); with invalid_argument also without an identity.
  [[nodiscard]] static Result<TlsContext> server(const TlsServerOptions& options);

 private:
  friend struct detail::TlsInternals;

  explicit TlsContext(std::shared_ptr<detail::TlsContextState> state) noexcept;

  std::shared_ptr<detail::TlsContextState> state_;
};

}  // namespace mtcp
