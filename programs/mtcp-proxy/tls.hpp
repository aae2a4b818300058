#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "side.hpp"

namespace proxy {

/// Which side speaks TLS, and how; files are in PEM.
struct TlsOptions {
  std::vector<std::string> certificates = {};  // with one, clients speak TLS
  std::vector<std::string> keys = {};          // of these, in the same order
  std::string client_authorities = {};         // with it, clients must show a certificate

  bool target = false;
  std::string target_authorities = {};  // instead of the system's
  std::string target_name = {};         // instead of the target's host

  bool clients() const noexcept { return !certificates.empty(); }
};

/// Makes sides of connections, by TLS where the options say so.
class Tls {
 public:
  /// Whether this program was built with TLS; the options ask for none if not.
  static const bool is_there;

  /// Reads the files. Throws mtcp::TcpException if one cannot be used.
  Tls(const TlsOptions& options, const std::string& host);
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls();

  /// The side of a client, hands shaken. Any threads at once.
  mtcp::Result<std::unique_ptr<Side>> client(mtcp::TcpStream stream, mtcp::Deadline deadline) const;
  /// The side of the target.
  mtcp::Result<std::unique_ptr<Side>> target(mtcp::TcpStream stream, mtcp::Deadline deadline) const;

 private:
  struct Contexts;

  std::unique_ptr<const Contexts> contexts_;
};

}  // namespace proxy
