#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tls/support/raw_tls.hpp"

namespace mtcp::test {

/// Types of what records hold (RFC 8446, B.1).
inline constexpr char alert_record = 21;
inline constexpr char handshake_record = 22;

/// Encrypts what OpenSSL would not say, as a server of TLS 1.3 with TLS_AES_128_GCM_SHA256.
class Records {
 public:
  /// Before the handshake.
  explicit Records(SSL* ssl);

  /// After the handshake, and instead of anything that OpenSSL would send.
  std::string record(char type, std::string_view content);

 private:
  std::string expand(std::string_view label, std::size_t size) const;

  std::string secret_;  // of the server's traffic
  unsigned count_ = 0;
};

}  // namespace mtcp::test
