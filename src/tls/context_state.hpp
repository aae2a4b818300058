#pragma once

#include <string>
#include <vector>

#include <mtcp/tls/context.hpp>

#include "internals.hpp"
#include "tls/failure.hpp"
#include "tls/openssl.hpp"
#include "tls/sessions.hpp"

namespace mtcp::detail {

/// What all handles of one TlsContext share. Unchanged once made, but for the sessions.
class TlsContextState {
 public:
  enum class Role { Client, Server };

  TlsContextState(Role role, SslContextPtr context) noexcept
      : role_(role), context_(std::move(context)) {}

  Role role() const noexcept { return role_; }
  SSL_CTX* get() const noexcept { return context_.get(); }
  TlsSessions& sessions() noexcept { return sessions_; }

  /// Whether the server's name and certificate are to be checked.
  bool checks_server() const noexcept {
    return SSL_CTX_get_verify_mode(context_.get()) != SSL_VERIFY_NONE;
  }

  /// Before the state is shared.
  void set_protocols(std::string wire_format) { protocols_ = std::move(wire_format); }
  void add_other(SslContextPtr other) { others_.push_back(std::move(other)); }

  /// Application protocols as ALPN writes them: each after its length.
  const std::string& protocols() const noexcept { return protocols_; }
  /// Those with a server's further identities.
  const std::vector<SslContextPtr>& others() const noexcept { return others_; }

 private:
  Role role_;
  SslContextPtr context_;
  std::vector<SslContextPtr> others_;
  std::string protocols_;
  TlsSessions sessions_;
};

/// The only way from the sources of TLS to the private parts of its public classes.
struct TlsInternals {
  static const std::shared_ptr<TlsContextState>& state(const TlsContext& context) noexcept {
    return context.state_;
  }
  static TlsContext context(std::shared_ptr<TlsContextState> state) noexcept {
    return TlsContext(std::move(state));
  }
  static bool is_file(const TlsPem& pem) noexcept { return pem.source_ == TlsPem::Source::File; }
  static const std::string& value(const TlsPem& pem) noexcept { return pem.value_; }
};

}  // namespace mtcp::detail
