#include "tls.hpp"

namespace proxy {

const bool Tls::is_there = false;

struct Tls::Contexts {};

Tls::Tls(const TlsOptions&, const std::string&) {}
Tls::~Tls() = default;

mtcp::Result<std::unique_ptr<Side>> Tls::client(mtcp::TcpStream stream, mtcp::Deadline) const {
  return std::make_unique<PlainSide>(std::move(stream));
}

mtcp::Result<std::unique_ptr<Side>> Tls::target(mtcp::TcpStream stream, mtcp::Deadline) const {
  return std::make_unique<PlainSide>(std::move(stream));
}

}  // namespace proxy
