#include <string>

#include <mtcp/tls/errc.hpp>

namespace mtcp {

namespace {

const char* text_of(TlsErrc errc) noexcept {
  switch (errc) {
    case TlsErrc::CertificateExpired:
      return "a certificate of the peer's has expired";
    case TlsErrc::CertificateNotYetValid:
      return "a certificate of the peer's is not valid yet";
    case TlsErrc::CertificateForAnotherHost:
      return "the peer's certificate is for another host";
    case TlsErrc::CertificateSelfSigned:
      return "a certificate of the peer's is signed by itself, and not trusted";
    case TlsErrc::CertificateUntrusted:
      return "no trusted authority has signed the peer's certificate";
    case TlsErrc::CertificateRevoked:
      return "a certificate of the peer's was revoked";
    case TlsErrc::RevocationUnknown:
      return "whether a certificate of the peer's was revoked cannot be told";
    case TlsErrc::CertificateForAnotherPurpose:
      return "a certificate of the peer's is for another purpose";
    case TlsErrc::CertificateTooWeak:
      return "a key or signature in the peer's certificates is too weak";
    case TlsErrc::CertificateInvalid:
      return "a certificate of the peer's is not valid";
    case TlsErrc::CertificateMissing:
      return "the peer has shown no certificate";
    case TlsErrc::RefusedByPeer:
      return "the peer refuses the certificate that it was shown, or wants one";
    case TlsErrc::NothingInCommon:
      return "the two sides have no version, cipher or application protocol in common";
    case TlsErrc::Truncated:
      return "the connection ended without a farewell: it may have been cut off";
    case TlsErrc::ProtocolViolated:
      return "what the peer sends is not TLS as it should be";
    case TlsErrc::UnusablePem:
      return "certificates, key or revocation list cannot be used";
    case TlsErrc::Other:
      break;
  }
  return "TLS has failed";
}

class TlsCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "mtcp::tls"; }
  std::string message(int value) const override { return text_of(static_cast<TlsErrc>(value)); }
};

constinit const TlsCategory category;

}  // namespace

const std::error_category& tls_category() noexcept {
  return category;
}

std::error_code make_error_code(TlsErrc errc) noexcept {
  return {static_cast<int>(errc), category};
}

}  // namespace mtcp
