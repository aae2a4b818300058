#include "tls/support/raw_tls.hpp"

#include <csignal>
#include <fcntl.h>
#include <openssl/pem.h>
#include <unistd.h>

namespace mtcp::test {

namespace {

using Memory = std::unique_ptr<BIO, int (*)(BIO*)>;

Memory memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

void run(RawTls::Side side, int socket, const Issued& identity,
         const std::function<void(SSL*)>& body) {
  sigset_t pipe;
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  const bool client = side == RawTls::Side::Client;
  SSL_CTX* context = SSL_CTX_new(client ? TLS_client_method() : TLS_server_method());
  SSL_CTX_set_security_level(context, 0);  // whatever mtcp would refuse
  X509* certificate =
      PEM_read_bio_X509(memory(identity.certificate).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(memory(identity.key).get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket);
  if (client)
    SSL_set_connect_state(ssl);
  else
    SSL_set_accept_state(ssl);
  body(ssl);
  SSL_free(ssl);
  EVP_PKEY_free(key);
  X509_free(certificate);
  SSL_CTX_free(context);
  ::close(socket);
}

}  // namespace

RawTls::RawTls(Side side, TcpStream stream, const Issued& identity,
               std::function<void(SSL*)> body) {
  const int socket = static_cast<int>(stream.release());
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
  thread_ = std::jthread(
      [side, socket, identity, body = std::move(body)] { run(side, socket, identity, body); });
}

}  // namespace mtcp::test
