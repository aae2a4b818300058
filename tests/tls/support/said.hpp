#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <mtcp/tls.hpp>

#include "tls/support/raw_tls.hpp"

namespace mtcp::test {

/// What `say` makes OpenSSL send, instead of being sent.
std::string caught(SSL* ssl, const std::function<void()>& say);

/// A message of several records, a session's ticket, instead of being sent; after
/// accept_silently().
std::string caught_ticket(SSL* ssl);

/// Shakes hands as a server, without saying anything after it.
void accept_silently(SSL* ssl);

/// As they are, without OpenSSL.
void send(SSL* ssl, std::string_view bytes);

/// Reads away what is there, which is no byte for anybody; waits until there is something.
void read_away(TlsStream& stream);

}  // namespace mtcp::test
