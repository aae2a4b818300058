#pragma once

#include <concepts>
#include <cstddef>

#include <mtcp/bytes.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp {

/// Anything that reads and writes as a TcpStream does and keeps its laws. What stands above a
/// stream, as TcpReader and relay(), is written against this.
template <class S>
concept Stream = requires(S& stream, const S& known, MutableBytes in, ConstBytes out,
                          Timeout timeout, Shutdown how, const TcpManager& manager) {
  { stream.read(in, timeout) } -> std::same_as<Result<std::size_t>>;
  { stream.write(out, timeout) } -> std::same_as<Result<std::size_t>>;
  { stream.write_all(out, timeout) } -> std::same_as<Result<void>>;
  { stream.shutdown(how) } -> std::same_as<Result<void>>;
  { stream.tie(manager) } -> std::same_as<void>;
  { known.manager() } -> std::same_as<TcpManager>;
  { known.available() } -> std::same_as<std::size_t>;
  { known.peer_addr() } -> std::same_as<Result<SocketAddr>>;
  { known.default_read_timeout() } -> std::same_as<Timeout>;
};

}  // namespace mtcp
