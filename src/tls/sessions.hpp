#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "tls/openssl.hpp"

namespace mtcp::detail {

/// The sessions that a client may resume, by the host and port that they were made with. Any
/// thread.
class TlsSessions {
 public:
  /// May throw std::bad_alloc, and has not kept it then.
  void keep(const std::string& server, SessionPtr session);
  /// The newest of that server; null if there is none. One of TLS 1.3 is given once, so that
  /// nobody on the way can tell by it that two connections are of the same client (RFC 8446, C.4).
  SessionPtr take(const std::string& server) noexcept;

 private:
  static constexpr std::size_t most_servers = 256;
  static constexpr std::size_t most_of_one = 4;

  std::mutex mutex_;
  std::map<std::string, std::deque<SessionPtr>> sessions_;
};

}  // namespace mtcp::detail
