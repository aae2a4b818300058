#pragma once

#include <functional>
#include <openssl/ssl.h>
#include <string_view>
#include <thread>
#include <utility>

#include <mtcp/mtcp.hpp>

#include "tls/support/authority.hpp"

namespace mtcp::test {

/// A TLS peer that is not mtcp: OpenSSL on a blocking socket, in a thread of its own, which is
/// joined at the end. Does what mtcp would not.
class RawTls {
 public:
  enum class Side { Client, Server };

  /// Runs `body`, the handshake not done yet. The socket is closed without any farewell after it.
  RawTls(Side side, TcpStream stream, const Issued& identity, std::function<void(SSL*)> body);

 private:
  std::jthread thread_;
};

}  // namespace mtcp::test
