#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include <mtcp/mtcp.hpp>

#include "internals.hpp"

namespace mtcp::test {

/// A stream that reads what the test wrote down, one piece each time: for readers that must not
/// depend on how the bytes are cut. After the last piece it has ended.
class ScriptedStream {
 public:
  /// Bytes that come together; fewer if the reader has less room.
  ScriptedStream& piece(std::string_view bytes) {
    steps_.push_back({std::string(bytes), {}});
    return *this;
  }

  /// Each byte alone.
  ScriptedStream& bytes(std::string_view bytes) {
    for (const char& byte : bytes) piece({&byte, 1});
    return *this;
  }

  /// One read that fails so, and consumes nothing.
  ScriptedStream& error(TcpError::Kind kind) {
    steps_.push_back({{}, kind});
    return *this;
  }

  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    if (buffer.size() == 0) {
      if (!cancelled) return 0U;
      return std::unexpected(failure(TcpError::Kind::Cancelled));
    }
    ++reads;
    last_timeout = timeout;
    if (steps_.empty()) return 0U;
    Step& step = steps_.front();
    if (step.error) {
      const auto kind = *step.error;
      steps_.pop_front();
      return std::unexpected(failure(kind));
    }
    const std::size_t count = std::min(buffer.size(), step.bytes.size());
    std::memcpy(buffer.data(), step.bytes.data(), count);
    step.bytes.erase(0, count);
    if (step.bytes.empty()) steps_.pop_front();
    return count;
  }

  Result<std::size_t> write(ConstBytes bytes, Timeout = {}) { return bytes.size(); }
  Result<void> write_all(ConstBytes, Timeout = {}) { return {}; }
  Result<void> shutdown(Shutdown) { return {}; }
  void tie(const TcpManager& manager) { manager_ = manager; }
  TcpManager manager() const { return manager_; }
  Result<SocketAddr> peer_addr() const { return SocketAddr::loopback_v4(7); }
  std::size_t available() const { return steps_.empty() ? 0 : steps_.front().bytes.size(); }
  Timeout default_read_timeout() const { return {}; }

  bool cancelled = false;
  unsigned reads = 0;  // that were not empty
  Timeout last_timeout;

 private:
  struct Step {
    std::string bytes;
    std::optional<TcpError::Kind> error;
  };

  static TcpError failure(TcpError::Kind kind) {
    return detail::Internals::error(kind, {"read", "from"}, SocketAddr::loopback_v4(7));
  }

  std::deque<Step> steps_;
  TcpManager manager_ = or_raise(TcpManager::instance());
};

static_assert(Stream<ScriptedStream>);

}  // namespace mtcp::test
