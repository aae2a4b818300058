#include "tls/support/authority.hpp"

#include <atomic>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdexcept>

namespace mtcp::test {

namespace {

void check(bool done) {
  if (done) return;
  throw std::runtime_error(std::string("OpenSSL: ") +
                           ERR_error_string(ERR_peek_last_error(), nullptr));
}

std::shared_ptr<EVP_PKEY> make_key(unsigned rsa_bits) {
  std::shared_ptr<EVP_PKEY> key(
      rsa_bits != 0 ? EVP_RSA_gen(rsa_bits) : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
      EVP_PKEY_free);
  check(key != nullptr);
  return key;
}

template <class Write>
std::string text_of(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  check(memory && write(memory.get()) == 1);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &begin);
  return {begin, static_cast<std::size_t>(size)};
}

std::string text_of(X509* certificate) {
  return text_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string text_of(EVP_PKEY* key) {
  return text_of([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::shared_ptr<X509> parse(const std::string& pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  std::shared_ptr<X509> certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr),
                                    X509_free);
  check(certificate != nullptr);
  return certificate;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::shared_ptr<X509> make_certificate(const std::string& name, std::chrono::hours begins,
                                       std::chrono::hours ends, EVP_PKEY* key) {
  static std::atomic<long> serial{1};
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::chrono::seconds(begins).count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), std::chrono::seconds(ends).count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  check(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

Issued issue_by(const CertificateSpec& spec, X509* issuer, EVP_PKEY* issuer_key) {
  const auto key = make_key(spec.rsa_bits);
  const auto certificate = make_certificate(spec.name, spec.begins, spec.ends, key.get());
  X509* const signer = issuer ? issuer : certificate.get();
  check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) == 1);
  extend(certificate.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate.get(), signer, NID_ext_key_usage, spec.usage);
  std::string alternative;
  for (const auto& one : spec.alternative)
    alternative.append(alternative.empty() ? "" : ",").append(one);
  if (!alternative.empty()) extend(certificate.get(), signer, NID_subject_alt_name, alternative);
  check(X509_sign(certificate.get(), issuer_key ? issuer_key : key.get(), EVP_sha256()) > 0);
  return {text_of(certificate.get()), text_of(key.get())};
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(make_key(0)),
      certificate_(
          make_certificate(name, std::chrono::hours(-1000), std::chrono::hours(1000), key_.get())) {
  X509* const own = certificate_.get();
  check(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  check(X509_sign(own, key_.get(), EVP_sha256()) > 0);
}

std::string Authority::certificate_text() const {
  return text_of(certificate_.get());
}

Issued Authority::issue(const CertificateSpec& spec) {
  return issue_by(spec, certificate_.get(), key_.get());
}

Issued Authority::self_signed(const CertificateSpec& spec) {
  return issue_by(spec, nullptr, nullptr);
}

void Authority::revoke(const Issued& issued) {
  revoked_.push_back(parse(issued.certificate));
}

TlsPem Authority::revocations() const {
  const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> list(X509_CRL_new(), X509_CRL_free);
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> now(X509_gmtime_adj(nullptr, -3600),
                                                             ASN1_TIME_free);
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> later(X509_gmtime_adj(nullptr, 3600),
                                                               ASN1_TIME_free);
  check(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1);
  check(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get())) == 1);
  check(X509_CRL_set1_lastUpdate(list.get(), now.get()) == 1);
  check(X509_CRL_set1_nextUpdate(list.get(), later.get()) == 1);
  for (const auto& certificate : revoked_) {
    std::unique_ptr<X509_REVOKED, void (*)(X509_REVOKED*)> entry(X509_REVOKED_new(),
                                                                 X509_REVOKED_free);
    X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(certificate.get()));
    X509_REVOKED_set_revocationDate(entry.get(), now.get());
    check(X509_CRL_add0_revoked(list.get(), entry.get()) == 1);
    static_cast<void>(entry.release());
  }
  check(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0);
  return TlsPem::text(text_of([&](BIO* out) { return PEM_write_bio_X509_CRL(out, list.get()); }));
}

Authority& the_authority() {
  static Authority authority;
  return authority;
}

const Issued& localhost() {
  static const Issued issued = the_authority().issue();
  return issued;
}

}  // namespace mtcp::test
