#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <mtcp/bytes.hpp>
#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/stream.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>
#include <mtcp/tcp_stream.hpp>
#include <mtcp/timeout.hpp>
#include <mtcp/tls/context.hpp>
#include <mtcp/tls/errc.hpp>

namespace mtcp {

namespace detail {
class TlsConnection;
}  // namespace detail

/// A TLS connection over TCP whose every operation has a deadline and can be cancelled: a TcpStream
/// with the same verbs and laws, of which nobody on the way can read or change a byte unseen.
///
/// Move-only; every operation of a moved-from one fails with bad_file_descriptor. try_clone() gives
/// a second handle on the same connection.
///
/// ```cpp
/// auto context = mtcp::or_raise(mtcp::TlsContext::client());
/// const mtcp::Deadline soon = 10s;
/// auto tcp = mtcp::or_raise(mtcp::TcpStream::connect(manager, "www.example.org", 443, soon));
/// auto stream = mtcp::or_raise(
///     mtcp::TlsStream::connect(context, std::move(tcp), "www.example.org", soon));
/// auto sent = stream.write_all("GET / HTTP/1.0\r\nHost: www.example.org\r\n\r\n"sv, 5s);
/// ```
///
/// What holds for every read, peek and write:
///
/// - What is said at TcpStream: the order of cancel, try and wait; what a timeout bounds; that
///   nothing is lost by a TimedOut or Cancelled; empty buffers; default timeouts.
/// - Errors: those at TcpStream; Failed with TlsErrc::ProtocolViolated and its like when the peer
///   or somebody on the way breaks the protocol, from then on at every operation; Failed with
///   not_connected before the handshake is done.
/// - An end without the peer's farewell (close_notify) is Failed with TlsErrc::Truncated, never an
///   end; a reset is a reset.
/// - Bytes count as written when they are encrypted. A write waits until the kernel has them, too;
///   if its deadline passes or it is cancelled before that, they go out behind its back, in order,
///   as soon as the peer makes room.
///
/// Costs one descriptor; a second one once a write has had to wait, or two threads have read at
/// once.
///
/// Threads: read*, peek, write*, shutdown, close and the getters may be called from any threads at
/// once; each byte goes to exactly one reader. handshake(), tie(), set_default_timeouts(), moving
/// and destroying may not overlap with them. Not for signal handlers.
class TlsStream {
 public:
  /// Makes a client's stream over `stream`, and shakes hands. `host` is the name, or the address as
  /// text, that the server's certificate must be for; of its names only subjectAltName counts (RFC
  /// 9525). The manager and the default timeouts are those of `stream`. Whatever fails, `stream` is
  /// closed; where a handshake that has timed out is to go on, use client() and handshake().
  /// Errors: those of client() and handshake().
  [[nodiscard]] static Result<TlsStream> connect(const TlsContext& context, TcpStream stream,
                                                 std::string_view host, Timeout timeout = {});

  /// Makes a server's stream over `stream`, and shakes hands. Otherwise as connect().
  /// Errors: those of server() and handshake().
  [[nodiscard]] static Result<TlsStream> accept(const TlsContext& context, TcpStream stream,
                                                Timeout timeout = {});

  /// A client's stream whose handshake is still to be done. Does not wait.
  /// Errors: Failed with bad_file_descriptor if `stream` is moved-from; with invalid_argument for a
  /// context for servers or a host that is empty, has a NUL or begins with a dot; with
  /// not_enough_memory.
  [[nodiscard]] static Result<TlsStream> client(const TlsContext& context, TcpStream stream,
                                                std::string_view host);

  /// A server's stream whose handshake is still to be done. Does not wait.
  /// Errors: Failed with bad_file_descriptor if `stream` is moved-from; with invalid_argument for a
  /// context for clients; with not_enough_memory.
  [[nodiscard]] static Result<TlsStream> server(const TlsContext& context, TcpStream stream);

  /// Takes over the connection. Never fails.
  TlsStream(TlsStream&& other) noexcept = default;
  /// Lets its own connection go and takes over the other's. Never fails.
  TlsStream& operator=(TlsStream&& other) noexcept = default;
  /// Says farewell and closes the connection, once all clones are gone; does not wait: what the
  /// kernel does not take at once is sent behind its back, for as long as the peer makes room
  /// within ten seconds. Where transport()->set_linger() has made closing a reset, there is no
  /// farewell. In a child after fork(2) only the descriptor is closed.
  ~TlsStream() = default;

  /// Agrees on keys with the peer and checks who it is, until both sides have; at once if that is
  /// done. After TimedOut, and after Cancelled once the manager is restarted, the same call goes
  /// on. Left out, the timeout is the default one for reads; idle() begins anew with every byte of
  /// the peer's. For one thread.
  /// Errors: also Failed with the TlsErrc that says what is wrong with which certificate, with
  /// NothingInCommon, RefusedByPeer, Truncated or ProtocolViolated; the peer has been told.
  /// TLS 1.3 lets a server refuse a client's certificate after the client is done: then the
  /// client's first read says so.
  [[nodiscard]] Result<void> handshake(Timeout timeout = {});

  /// A second handle on the same connection, with the same manager and default timeouts to begin
  /// with. Costs no descriptor. Errors: Failed with bad_file_descriptor if moved-from.
  [[nodiscard]] Result<TlsStream> try_clone() const;

  /// From the next operation on, `manager` decides about cancelling.
  void tie(const TcpManager& manager);
  /// Which manager decides about cancelling. Never fails, also if moved-from.
  TcpManager manager() const noexcept { return manager_; }

  /// Reads what is there, at most `buffer.size()` bytes and one record of 16 KiB, waiting until
  /// there is at least one byte. Returns how many; 0 at the end that the peer has announced.
  [[nodiscard]] Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {});

  /// As read(), but the bytes stay in the stream.
  [[nodiscard]] Result<std::size_t> peek(MutableBytes buffer, Timeout timeout = {});

  /// Fills `buffer`; as TcpStream::read_exact(). Errors: also Incomplete at the end of the stream.
  [[nodiscard]] Result<void> read_exact(MutableBytes buffer, Timeout timeout = {});

  /// Appends to `buffer` all that comes until the end of the stream, as TcpStream::read_to_end().
  /// Errors: also TooBig when there is more than `limit`.
  template <Buffer B>
  [[nodiscard]] Result<std::size_t> read_to_end(B& buffer, std::size_t limit,
                                                Timeout timeout = {}) {
    return read_to_end_into(detail::BufferRef(buffer), limit, timeout);
  }

  /// Appends to `buffer` until `complete` returns true, as TcpStream::read_all().
  /// Errors: also Incomplete at the end of the stream and TooBig at options.limit.
  template <Buffer B, CompletePredicate P>
  [[nodiscard]] Result<void> read_all(B& buffer, ReadAll options, P&& complete) {
    auto asked = std::ref(complete);
    return read_all_into(detail::BufferRef(buffer), options, detail::CompleteRef(asked));
  }

  /// Encrypts at least one byte and at most one record of 16 KiB, waiting until there is room, and
  /// returns how many.
  /// Errors: Failed with broken_pipe or connection_reset as TcpStream::write().
  [[nodiscard]] Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {});

  /// Encrypts and sends all bytes. Errors: as write(). transferred() says how many were taken
  /// before: go on with the rest.
  [[nodiscard]] Result<void> write_all(ConstBytes bytes, Timeout timeout = {});
  /// All bytes of all pieces in order; small ones share records. Errors as write_all();
  /// transferred() counts over all pieces.
  [[nodiscard]] Result<void> write_all(std::initializer_list<ConstBytes> pieces,
                                       Timeout timeout = {});
  /// The same for any contiguous sequence of pieces.
  [[nodiscard]] Result<void> write_all(std::span<const ConstBytes> pieces, Timeout timeout = {});

  /// Ends one half or both, for all clones. Ending writing says farewell to the peer (close_notify)
  /// and ends the TCP connection's half after that. Does not wait, and is not affected by a
  /// cancelled state; what the kernel does not take at once is sent behind its back. A read that
  /// waits reports the end, a write that waits fails. Ending what has ended is success.
  /// Errors: Failed with bad_file_descriptor if moved-from, with not_connected before the handshake
  /// is done, or with the system's code.
  [[nodiscard]] Result<void> shutdown(Shutdown how);

  /// Says farewell and waits for the peer's, reading away what it still sends: after that, the peer
  /// has got everything. The stream can be destroyed then, which loses nothing. Left out, the
  /// timeout is the default one for reads. Errors: those of read() and shutdown(). After TimedOut,
  /// and after Cancelled once restarted, the same call goes on.
  [[nodiscard]] Result<void> close(Timeout timeout = {});

  /// How many bytes a read would get at once; 0 also at the end, after an error, and if moved-from.
  /// Never waits or fails; any thread.
  std::size_t available() const noexcept;

  /// What operations use that are given no timeout of their own; at first those of the TcpStream.
  void set_default_timeouts(Timeout read, Timeout write) noexcept;
  /// What set_default_timeouts() has set for reads. Never fails.
  Timeout default_read_timeout() const noexcept { return read_timeout_; }
  /// What set_default_timeouts() has set for writes. Never fails.
  Timeout default_write_timeout() const noexcept { return write_timeout_; }

  /// The other end. Errors: as TcpStream::peer_addr().
  [[nodiscard]] Result<SocketAddr> peer_addr() const;
  /// This end. Errors: as TcpStream::local_addr().
  [[nodiscard]] Result<SocketAddr> local_addr() const;
  /// The TCP connection below, for its options; null if moved-from. Whoever reads, writes or
  /// releases it breaks this stream. Never fails.
  TcpStream* transport() const noexcept;
  /// The descriptor, which stays this object's; invalid if moved-from. Never fails.
  NativeHandle native_handle() const noexcept;

  /// The application protocol that both sides agreed on (ALPN); empty if none, before the handshake
  /// is done, and if moved-from.
  std::string protocol() const;
  /// The version, as "TLSv1.3"; empty before the handshake is done, and if moved-from.
  std::string version() const;
  /// The name that the client asked for (SNI); empty if none, and if moved-from.
  std::string server_name() const;
  /// The subject of the peer's certificate in the form of RFC 2253; empty if it has shown none,
  /// before the handshake is done, and if moved-from.
  std::string peer_subject() const;
  /// Whether the handshake has resumed an earlier session. Never fails.
  bool resumed() const noexcept;

  /// Agrees on new keys with the peer, at the next write: for connections that carry terabytes.
  /// Asked twice before that, it is done once. Errors: Failed with not_supported in TLS 1.2, with
  /// not_connected before the handshake is done, with broken_pipe after shutdown(Shutdown::Write),
  /// with bad_file_descriptor if moved-from; what has broken the connection.
  [[nodiscard]] Result<void> update_keys();

 private:
  TlsStream(const TcpManager& manager, std::shared_ptr<detail::TlsConnection> connection) noexcept;

  Result<std::size_t> read_to_end_into(detail::BufferRef buffer, std::size_t limit,
                                       Timeout timeout);
  Result<void> read_all_into(detail::BufferRef buffer, const ReadAll& options,
                             detail::CompleteRef complete);

  TcpManager manager_;
  std::shared_ptr<detail::TlsConnection> connection_;
  Timeout read_timeout_;
  Timeout write_timeout_;
};

static_assert(Stream<TlsStream>);

}  // namespace mtcp
