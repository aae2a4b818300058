#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>
#include <vector>

#include <mtcp/tls.hpp>

namespace mtcp::test {

/// What a certificate is to say; every member has a good default.
struct CertificateSpec {
  std::string name = "localhost";                                            // the subject's
  std::vector<std::string> alternative = {"DNS:localhost", "IP:127.0.0.1"};  // none: empty
  std::chrono::hours begins{-24};                                            // from now
  std::chrono::hours ends{24};
  std::string usage = "serverAuth,clientAuth";  // extended key usage
  unsigned rsa_bits = 0;                        // 0: a key on the curve P-256
};

/// Somebody's certificate and key, in PEM.
struct Issued {
  std::string certificate;
  std::string key;

  TlsIdentity identity() const { return {TlsPem::text(certificate), TlsPem::text(key)}; }
};

/// A certificate authority of the test's own. Whatever fails throws.
class Authority {
 public:
  explicit Authority(const std::string& name = "The test's authority");

  /// Its own certificate.
  TlsPem pem() const { return TlsPem::text(certificate_text()); }
  std::string certificate_text() const;

  Issued issue(const CertificateSpec& spec = {});
  /// One that nobody but itself has signed.
  static Issued self_signed(const CertificateSpec& spec = {});

  void revoke(const Issued& issued);
  /// The list of what it has revoked.
  TlsPem revocations() const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::vector<std::shared_ptr<X509>> revoked_;
};

/// The one that all tests may share, and what it has issued for localhost.
Authority& the_authority();
const Issued& localhost();

}  // namespace mtcp::test
