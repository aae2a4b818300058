#include "tls/support/said.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/errors.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// Makes a session's ticket longer than a record.
int make_long(SSL* ssl, void*) {
  const std::vector<char> ballast(2000);
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), ballast.data(), ballast.size());
}

SSL_TICKET_RETURN keep_ticket(SSL*, SSL_SESSION*, const unsigned char*, std::size_t,
                              SSL_TICKET_STATUS, void*) {
  return SSL_TICKET_RETURN_IGNORE;
}

}  // namespace

std::string caught(SSL* ssl, const std::function<void()>& say) {
  BIO* const socket = SSL_get_wbio(ssl);
  BIO_up_ref(socket);
  BIO* const memory = BIO_new(BIO_s_mem());
  BIO_up_ref(memory);
  SSL_set0_wbio(ssl, memory);
  say();
  SSL_set0_wbio(ssl, socket);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string caught_ticket(SSL* ssl) {
  SSL_set_max_send_fragment(ssl, 512);
  return caught(ssl, [ssl] {
    SSL_new_session_ticket(ssl);
    SSL_do_handshake(ssl);
  });
}

void accept_silently(SSL* ssl) {
  SSL_CTX_set_session_ticket_cb(SSL_get_SSL_CTX(ssl), make_long, keep_ticket, nullptr);
  SSL_set_num_tickets(ssl, 0);
  SSL_accept(ssl);
}

void send(SSL* ssl, std::string_view bytes) {
  ::send(SSL_get_fd(ssl), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void read_away(TlsStream& stream) {
  std::array<std::byte, 1> one;
  while (stream.transport()->available() == 0) std::this_thread::yield();
  while (stream.transport()->available() != 0)
    EXPECT_TRUE(error_of(stream.read(one, 1ms)).timed_out());
}

}  // namespace mtcp::test
