#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "conformance/kinds/tcp_conversation.hpp"

namespace mtcp::test {

/// A stream that is read through a TcpReader.
template <Stream S>
class Buffered {
 public:
  static constexpr bool resumes_by_the_same_call = true;

  explicit Buffered(TcpStream stream) : stream_(std::move(stream)) {}
  Buffered(const Buffered&) = delete;
  Buffered& operator=(const Buffered&) = delete;

  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    return reader_.read(buffer, timeout);
  }
  Result<std::size_t> peek(MutableBytes buffer, Timeout timeout = {}) {
    const auto seen = reader_.peek(std::min<std::size_t>(1, buffer.size()), timeout);
    if (!seen) return std::unexpected(seen.error());
    return copy(*seen, buffer);
  }
  Result<void> read_exact(MutableBytes buffer, Timeout timeout = {}) {
    const auto bytes = reader_.read_exact(buffer.size(), timeout);
    if (!bytes) return std::unexpected(bytes.error());
    copy(*bytes, buffer);
    return {};
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
  std::size_t available() const { return reader_.buffered().size() + stream_.available(); }
  Result<SocketAddr> peer_addr() const { return stream_.peer_addr(); }
  Timeout default_read_timeout() const { return stream_.default_read_timeout(); }

  TcpStream& socket() { return socket_of(stream_); }

 private:
  static std::size_t copy(TcpReader::View bytes, MutableBytes buffer) {
    const std::size_t count = std::min(bytes.size(), buffer.size());
    std::copy_n(bytes.begin(), count, buffer.data());
    return count;
  }

  S stream_;
  TcpReader reader_{stream_};
};

/// What it lacks, whatever the stream below has.
inline std::vector<Lack> not_through_a_reader() {
  constexpr std::string_view of_its_own = "a TcpReader has ways to read messages of its own";
  constexpr std::string_view below = "it is about the stream below, which is tried by itself";
  return {{Extra::ReadToEnd, of_its_own},
          {Extra::ReadAll, of_its_own},
          {Extra::Gather, below},
          {Extra::DefaultTimeouts, below},
          {Extra::Clone, below},
          {Extra::Move, "a TcpReader refers to its stream, which must not move away from it"},
          {Extra::ManyReaders, "a TcpReader is for one thread"}};
}

}  // namespace mtcp::test
