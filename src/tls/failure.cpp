#include "tls/failure.hpp"

#include <array>
#include <memory>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <utility>

#include "tls/openssl.hpp"

namespace mtcp::detail {

namespace {

class TlsDetail final : public ErrorDetail {
 public:
  explicit TlsDetail(std::string text) noexcept : text_(std::move(text)) {}

  std::string text() const override { return " (" + text_ + ")"; }

 private:
  std::string text_;
};

/// What the peer says is wrong, as OpenSSL tells it.
bool refuses_certificate(int reason) noexcept {
  switch (reason) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

bool lacks_something_in_common(int reason) noexcept {
  constexpr int no_application_protocol_alert = SSL_AD_REASON_OFFSET + 120;  // RFC 7301
  switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_TLSV1_UNRECOGNIZED_NAME:
    case no_application_protocol_alert:
      return true;
    default:
      return false;
  }
}

/// What the protocol says went wrong, which may stand behind what a cipher says; else the first.
unsigned long take_error_of_tls() noexcept {
  const unsigned long first = ERR_get_error();
  unsigned long error = first;
  while (error != 0 && ERR_GET_LIB(error) != ERR_LIB_SSL) error = ERR_get_error();
  ERR_clear_error();
  return error != 0 ? error : first;
}

std::string reason_text(unsigned long error) {
  if (error == 0) return "no reason given";
  if (const char* reason = ERR_reason_error_string(error)) return reason;
  std::array<char, 128> text{};
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

TlsErrc classify(unsigned long error) noexcept {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return TlsErrc::Other;
  const int reason = ERR_GET_REASON(error);
  if (refuses_certificate(reason)) return TlsErrc::RefusedByPeer;
  if (lacks_something_in_common(reason)) return TlsErrc::NothingInCommon;
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return TlsErrc::Truncated;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TlsErrc::CertificateMissing;
    case SSL_R_TLSV1_ALERT_INTERNAL_ERROR:
    case ERR_R_INTERNAL_ERROR:
    case ERR_R_MALLOC_FAILURE:
      return TlsErrc::Other;
    default:
      return TlsErrc::ProtocolViolated;
  }
}

TlsErrc classify_certificate(int reason) noexcept {
  switch (reason) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsErrc::CertificateExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsErrc::CertificateNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsErrc::CertificateForAnotherHost;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return TlsErrc::CertificateSelfSigned;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return TlsErrc::CertificateUntrusted;
    case X509_V_ERR_CERT_REVOKED:
      return TlsErrc::CertificateRevoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return TlsErrc::RevocationUnknown;
    case X509_V_ERR_INVALID_PURPOSE:
      return TlsErrc::CertificateForAnotherPurpose;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return TlsErrc::CertificateTooWeak;
    default:
      return TlsErrc::CertificateInvalid;
  }
}

std::string contents(BIO* memory) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory, &begin);
  return {begin, static_cast<std::size_t>(size)};
}

std::string time_text(const ASN1_TIME* time) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (!text || ASN1_TIME_print(text.get(), time) != 1) return "?";
  return contents(text.get());
}

/// What a person needs to find the certificate and to see what is wrong with it.
std::string describe(int reason, X509* certificate, std::string_view host) {
  std::string text;
  if (certificate) {
    text = "the one of " + name_text(X509_get_subject_name(certificate)) + ", issued by " +
           name_text(X509_get_issuer_name(certificate)) + ", valid from " +
           time_text(X509_get0_notBefore(certificate)) + " to " +
           time_text(X509_get0_notAfter(certificate));
  }
  const TlsErrc errc = classify_certificate(reason);
  if (errc == TlsErrc::CertificateForAnotherHost)
    text.append("; it was to be for ").append(host);
  else if (errc == TlsErrc::CertificateInvalid || errc == TlsErrc::RevocationUnknown)
    text.append("; ").append(X509_verify_cert_error_string(reason));
  return text;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const BioPtr text(BIO_new(BIO_s_mem()));
  if (!text || X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  return contents(text.get());
}

std::string take_openssl_reason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  return reason_text(error);
}

TlsFailure tls_failure(TlsErrc errc, std::string_view text) noexcept try {
  if (text.empty()) return {make_error_code(errc), nullptr};
  return {make_error_code(errc), std::make_shared<const TlsDetail>(std::string(text))};
} catch (const std::bad_alloc&) {
  return {make_error_code(errc), nullptr};
}

TlsFailure tls_failure_from_queue() noexcept try {
  const unsigned long error = take_error_of_tls();
  const TlsErrc errc = classify(error);
  return tls_failure(errc, errc == TlsErrc::Truncated ? "" : reason_text(error));
} catch (const std::bad_alloc&) {
  return {make_error_code(TlsErrc::Other), nullptr};
}

TlsFailure certificate_failure(int reason, X509* certificate, std::string_view host) noexcept try {
  return tls_failure(classify_certificate(reason), describe(reason, certificate, host));
} catch (const std::bad_alloc&) {
  return {make_error_code(classify_certificate(reason)), nullptr};
}

TcpError tls_error(const TlsFailure& failure, OperationName operation,
                   const Subject& subject) noexcept {
  return Internals::with_detail(Internals::failure(failure.code, operation, subject),
                                failure.detail);
}

}  // namespace mtcp::detail
