#pragma once

#include <string>

#include <mtcp/mtcp.hpp>

namespace proxy {

/// Who is at the other end, for people.
inline std::string name_of_peer(const mtcp::TcpStream& stream) {
  const auto peer = stream.peer_addr();
  return peer ? peer->to_string() : "?";
}

}  // namespace proxy
