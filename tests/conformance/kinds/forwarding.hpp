#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "conformance/stream_kind.hpp"

namespace mtcp::test {

/// A stream as a user may write it: what the concept asks for, and nothing else.
class Forwarding {
 public:
  explicit Forwarding(TcpStream stream) : stream_(std::move(stream)) {}

  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    return stream_.read(buffer, timeout);
  }
  Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {}) {
    return stream_.write(bytes, timeout);
  }
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    return stream_.write_all(bytes, timeout);
  }
  Result<void> shutdown(Shutdown how) { return stream_.shutdown(how); }
  void tie(const TcpManager& manager) { stream_.tie(manager); }
  TcpManager manager() const { return stream_.manager(); }
  std::size_t available() const { return stream_.available(); }
  Result<SocketAddr> peer_addr() const { return stream_.peer_addr(); }
  Timeout default_read_timeout() const { return stream_.default_read_timeout(); }

  TcpStream& socket() { return stream_; }

 private:
  TcpStream stream_;
};

static_assert(Stream<Forwarding>);

/// What a stream lacks that has no more than the concept.
inline std::vector<Lack> beyond_the_concept() {
  std::vector<Lack> lacks;
  for (const Extra extra : {Extra::Peek, Extra::ReadExact, Extra::ReadToEnd, Extra::ReadAll,
                            Extra::Gather, Extra::DefaultTimeouts, Extra::Clone})
    lacks.push_back({extra, "the concept Stream does not ask for it"});
  return lacks;
}

}  // namespace mtcp::test
