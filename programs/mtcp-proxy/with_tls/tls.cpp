#include "tls.hpp"

#include <cstddef>
#include <optional>
#include <utility>

#include <mtcp/tls.hpp>

namespace proxy {

namespace {

class TlsSide final : public Side {
 public:
  explicit TlsSide(mtcp::TlsStream stream) noexcept : stream_(std::move(stream)) {}

  mtcp::StreamRef stream() noexcept override { return stream_; }
  mtcp::TcpStream& tcp() noexcept override { return *stream_.transport(); }
  bool is_plain() const noexcept override { return false; }

 private:
  mtcp::TlsStream stream_;
};

mtcp::TlsContext context_for_clients(const TlsOptions& options) {
  mtcp::TlsServerOptions server;
  for (std::size_t i = 0; i < options.certificates.size(); ++i)
    server.identities.push_back(
        {mtcp::TlsPem::file(options.certificates[i]), mtcp::TlsPem::file(options.keys[i])});
  if (!options.client_authorities.empty()) {
    server.client_check = mtcp::TlsClientCheck::Required;
    server.client_authorities = {mtcp::TlsPem::file(options.client_authorities)};
  }
  return mtcp::or_raise(mtcp::TlsContext::server(server));
}

mtcp::TlsContext context_for_target(const TlsOptions& options) {
  mtcp::TlsClientOptions client;
  if (!options.target_authorities.empty()) {
    client.trust = mtcp::TlsTrust::OwnOnly;
    client.authorities = {mtcp::TlsPem::file(options.target_authorities)};
  }
  return mtcp::or_raise(mtcp::TlsContext::client(client));
}

mtcp::Result<std::unique_ptr<Side>> side_of(mtcp::Result<mtcp::TlsStream> stream) {
  if (!stream) return std::unexpected(stream.error());
  return std::make_unique<TlsSide>(std::move(*stream));
}

}  // namespace

const bool Tls::is_there = true;

struct Tls::Contexts {
  std::optional<mtcp::TlsContext> clients = {};
  std::optional<mtcp::TlsContext> target = {};
  std::string target_name = {};
};

Tls::Tls(const TlsOptions& options, const std::string& host) {
  auto contexts = std::make_unique<Contexts>();
  if (options.clients()) contexts->clients = context_for_clients(options);
  if (options.target) contexts->target = context_for_target(options);
  contexts->target_name = options.target_name.empty() ? host : options.target_name;
  contexts_ = std::move(contexts);
}

Tls::~Tls() = default;

mtcp::Result<std::unique_ptr<Side>> Tls::client(mtcp::TcpStream stream,
                                                mtcp::Deadline deadline) const {
  const auto& context = contexts_->clients;
  if (!context) return std::make_unique<PlainSide>(std::move(stream));
  return side_of(mtcp::TlsStream::accept(*context, std::move(stream), deadline));
}

mtcp::Result<std::unique_ptr<Side>> Tls::target(mtcp::TcpStream stream,
                                                mtcp::Deadline deadline) const {
  const auto& context = contexts_->target;
  if (!context) return std::make_unique<PlainSide>(std::move(stream));
  return side_of(
      mtcp::TlsStream::connect(*context, std::move(stream), contexts_->target_name, deadline));
}

}  // namespace proxy
