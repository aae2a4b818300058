#pragma once

#include <concepts>
#include <cstddef>
#include <memory>

#include <mtcp/stream.hpp>

namespace mtcp {

/// A reference to a Stream of whatever class; it is a Stream itself. What need not be a template
/// takes this. Copies refer to the same stream, which must outlive them.
///
/// Every member does what that of the stream does, with the same errors; what the stream says of
/// threads and signal handlers holds.
class StreamRef {
 public:
  /// A reference to `stream`. Never fails.
  template <Stream S>
    requires(!std::same_as<S, StreamRef>)
  StreamRef(S& stream) noexcept : stream_(std::addressof(stream)), functions_(functions_for<S>()) {}

  /// The stream's read().
  [[nodiscard]] Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) const {
    return functions_->read(stream_, buffer, timeout);
  }
  /// The stream's write().
  [[nodiscard]] Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {}) const {
    return functions_->write(stream_, bytes, timeout);
  }
  /// The stream's write_all().
  [[nodiscard]] Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) const {
    return functions_->write_all(stream_, bytes, timeout);
  }
  /// The stream's shutdown().
  [[nodiscard]] Result<void> shutdown(Shutdown how) const {
    return functions_->shutdown(stream_, how);
  }
  /// The stream's tie().
  void tie(const TcpManager& manager) const { functions_->tie(stream_, manager); }
  /// The stream's manager().
  TcpManager manager() const { return functions_->manager(stream_); }
  /// The stream's peer_addr().
  [[nodiscard]] Result<SocketAddr> peer_addr() const { return functions_->peer_addr(stream_); }
  /// The stream's available().
  std::size_t available() const { return functions_->available(stream_); }
  /// The stream's default_read_timeout().
  Timeout default_read_timeout() const { return functions_->default_read_timeout(stream_); }

 private:
  struct Functions {
    Result<std::size_t> (*read)(void*, MutableBytes, Timeout);
    Result<std::size_t> (*write)(void*, ConstBytes, Timeout);
    Result<void> (*write_all)(void*, ConstBytes, Timeout);
    Result<void> (*shutdown)(void*, Shutdown);
    void (*tie)(void*, const TcpManager&);
    TcpManager (*manager)(void*);
    Result<SocketAddr> (*peer_addr)(void*);
    std::size_t (*available)(void*);
    Timeout (*default_read_timeout)(void*);
  };

  template <class S>
  static const Functions* functions_for() noexcept {
    static constexpr Functions functions = {
        [](void* s, MutableBytes in, Timeout t) { return static_cast<S*>(s)->read(in, t); },
        [](void* s, ConstBytes out, Timeout t) { return static_cast<S*>(s)->write(out, t); },
        [](void* s, ConstBytes out, Timeout t) { return static_cast<S*>(s)->write_all(out, t); },
        [](void* s, Shutdown how) { return static_cast<S*>(s)->shutdown(how); },
        [](void* s, const TcpManager& manager) { static_cast<S*>(s)->tie(manager); },
        [](void* s) { return static_cast<S*>(s)->manager(); },
        [](void* s) { return static_cast<S*>(s)->peer_addr(); },
        [](void* s) { return static_cast<S*>(s)->available(); },
        [](void* s) { return static_cast<S*>(s)->default_read_timeout(); }};
    return &functions;
  }

  void* stream_;
  const Functions* functions_;
};

}  // namespace mtcp
