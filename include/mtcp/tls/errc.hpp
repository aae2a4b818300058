#pragma once

#include <system_error>
#include <type_traits>

#include <mtcp/tcp_error.hpp>

namespace mtcp {

/// What is wrong with a TLS connection or with what it was to be made of. The code of a TcpError of
/// Kind::Failed; its message() names the certificate and says more. What goes wrong with the TCP
/// connection below has the system's codes, as everywhere.
enum class TlsErrc {
  /// A certificate of the peer's has expired.
  CertificateExpired = 1,
  /// A certificate of the peer's is not valid yet.
  CertificateNotYetValid,
  /// The peer's certificate is for other hosts than the one that was asked for.
  CertificateForAnotherHost,
  /// The peer's certificate, or the authority's at the end of its chain, is signed by itself and
  /// not trusted.
  CertificateSelfSigned,
  /// No trusted authority has signed the peer's certificate.
  CertificateUntrusted,
  /// A certificate of the peer's was revoked.
  CertificateRevoked,
  /// Whether a certificate was revoked cannot be told: there is no list of its authority, or none
  /// that is valid now.
  RevocationUnknown,
  /// The peer's certificate is not for what it is used for, as a client's that a server shows.
  CertificateForAnotherPurpose,
  /// A key or a signature in the peer's chain of certificates is too weak.
  CertificateTooWeak,
  /// Something else is wrong with a certificate of the peer's.
  CertificateInvalid,
  /// The peer has shown no certificate, but has to.
  CertificateMissing,
  /// The peer refuses the certificate that it was shown, or wants one and was shown none.
  RefusedByPeer,
  /// The two sides have no version, cipher or application protocol in common.
  NothingInCommon,
  /// The connection ended without the peer's farewell (close_notify): what was read may have been
  /// cut off.
  Truncated,
  /// The peer does not keep to the protocol, or does not speak it, or somebody has changed bytes on
  /// the way.
  ProtocolViolated,
  /// A file or text that was to hold certificates, a key or a revocation list cannot be used.
  UnusablePem,
  /// TLS itself has failed in some other way, which message() tells.
  Other
};

/// The category of the codes above. Never fails; any thread.
const std::error_category& tls_category() noexcept;

/// The standard's way from the enumeration to a code. Never fails; any thread.
std::error_code make_error_code(TlsErrc errc) noexcept;

/// Whether `error` is this one. Never fails; any thread.
inline bool operator==(const TcpError& error, TlsErrc errc) noexcept {
  return error.code() == make_error_code(errc);
}

}  // namespace mtcp

/// Lets a TlsErrc stand where an error code is expected.
template <>
struct std::is_error_code_enum<mtcp::TlsErrc> : std::true_type {};
