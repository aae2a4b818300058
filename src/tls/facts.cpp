#include "tls/connection.hpp"

// What a connection knows about itself once it is established.

namespace mtcp::detail {

std::string TlsConnection::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return established_ && size != 0 ? std::string(reinterpret_cast<const char*>(name), size)
                                   : std::string();
}

std::string TlsConnection::version() const {
  return established_ ? SSL_get_version(ssl_.get()) : "";
}

std::string TlsConnection::server_name() const {
  const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

std::string TlsConnection::peer_subject() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  return established_ && certificate ? name_text(X509_get_subject_name(certificate)) : "";
}

bool TlsConnection::resumed() const noexcept {
  return established_ && SSL_session_reused(ssl_.get()) == 1;
}

}  // namespace mtcp::detail
