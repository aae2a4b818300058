#include "tls/pem.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tls/context_state.hpp"

namespace mtcp::detail {

namespace {

Subject subject_of(const TlsPem& pem) {
  return Subject::quoted(TlsInternals::is_file(pem) ? TlsInternals::value(pem)
                                                    : std::string("text in memory"));
}

std::unexpected<UnusablePem> unusable(const TlsPem& pem, const std::string& why) {
  return std::unexpected(UnusablePem{subject_of(pem), tls_failure(TlsErrc::UnusablePem, why)});
}

std::unexpected<UnusablePem> unusable(const TlsPem& pem) {
  return unusable(pem, take_openssl_reason());
}

BioPtr open(const TlsPem& pem) {
  ERR_clear_error();
  const std::string& value = TlsInternals::value(pem);
  if (TlsInternals::is_file(pem)) return BioPtr(BIO_new_file(value.c_str(), "rb"));
  return BioPtr(BIO_new_mem_buf(value.data(), static_cast<int>(value.size())));
}

/// No question is put to whoever sits at the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

/// Whether nothing more of the kind came because there is nothing more at all.
bool at_end() {
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(error);
  const bool end = (ERR_GET_LIB(error) == ERR_LIB_PEM && reason == PEM_R_NO_START_LINE) ||
                   (ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER && reason == ERR_R_UNSUPPORTED);
  if (end) ERR_clear_error();
  return end;
}

/// Hands each object in `pem` to `add`, which says whether that went well.
template <class Pointer, class Read, class Add>
PemResult for_each(const TlsPem& pem, Read read, const char* nothing, Add add) {
  const auto file = open(pem);
  if (!file) return unusable(pem);
  bool found = false;
  while (const Pointer object{read(file.get(), nullptr, no_password, nullptr)}) {
    if (!add(object.get())) return unusable(pem);
    found = true;
  }
  if (!at_end()) return unusable(pem);
  if (!found) return unusable(pem, nothing);
  return {};
}

PemResult use_chain(SSL_CTX* context, const TlsPem& pem) {
  bool first = true;
  return for_each<CertificatePtr>(pem, PEM_read_bio_X509, "there is no certificate in it",
                                  [&](X509* certificate) {
                                    if (!std::exchange(first, false))
                                      return SSL_CTX_add1_chain_cert(context, certificate) == 1;
                                    return SSL_CTX_use_certificate(context, certificate) == 1;
                                  });
}

}  // namespace

PemResult use_identity(SSL_CTX* context, const TlsIdentity& identity) {
  if (auto used = use_chain(context, identity.certificates); !used) return used;
  const auto file = open(identity.key);
  if (!file) return unusable(identity.key);
  const KeyPtr key(PEM_read_bio_PrivateKey(file.get(), nullptr, no_password, nullptr));
  if (!key && at_end()) return unusable(identity.key, "there is no private key in it");
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return unusable(identity.key);
  return {};
}

PemResult add_authorities(SSL_CTX* context, const TlsPem& pem, Tell tell) {
  return for_each<CertificatePtr>(
      pem, PEM_read_bio_X509, "there is no certificate in it", [&](X509* certificate) {
        return X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1 &&
               (tell == Tell::Nobody || SSL_CTX_add_client_CA(context, certificate) == 1);
      });
}

PemResult add_revocations(SSL_CTX* context, const TlsPem& pem) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return for_each<RevocationListPtr>(
      pem, PEM_read_bio_X509_CRL, "there is no revocation list in it",
      [&](X509_CRL* list) { return X509_STORE_add_crl(store, list) == 1; });
}

}  // namespace mtcp::detail
