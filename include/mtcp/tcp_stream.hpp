#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <mtcp/bytes.hpp>
#include <mtcp/deadline.hpp>
#include <mtcp/keepalive.hpp>
#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_connection.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp {

/// How TcpStream::read_all() reads; every member has a good default.
struct ReadAll {
  /// How long the whole call may take; `{}` is the stream's default timeout for reads.
  Timeout timeout = {};
  /// How many bytes to ask the system for at a time; 0 counts as 1.
  std::size_t chunk = 4096;
  /// The largest size that the buffer may reach.
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

/// A TCP connection whose every operation has a deadline and can be cancelled.
///
/// Owns its socket and closes it. Move-only; every operation of a moved-from one fails with
/// bad_file_descriptor. try_clone() gives a second handle on the same socket.
///
/// ```cpp
/// auto stream = mtcp::or_raise(mtcp::TcpStream::connect(manager, "127.0.0.1:8080", 5s));
/// auto sent = stream.write_all("hello\n"sv, 5s);
/// std::array<std::byte, 512> answer;
/// auto size = stream.read(answer, 5s);  // 0 when the peer has ended the stream
/// ```
///
/// What holds for every read, peek and write below:
///
/// - Order: a cancelled state first, then one try, then waiting. What is ready wins over a
///   deadline that has passed; a cancelled state wins over what is ready.
/// - Errors: Cancelled, TimedOut, Failed with the system's code (as connection_reset,
///   broken_pipe), Failed with bad_file_descriptor if moved-from; and those named at the operation.
/// - After TimedOut, and after Cancelled once the manager is restarted, the stream goes on where it
///   was. Nothing is lost: transferred() says how many bytes moved, and they are where they belong.
/// - A broken connection stays broken: after what arrived before the reset, every read fails.
/// - Empty buffers succeed at once.
/// - The last argument bounds the call; left out, the stream's default timeout does.
///
/// Threads: read*, peek, write*, shutdown, take_error, the options and the addresses may be called
/// from any threads at once; each byte goes to exactly one reader. tie(), set_default_timeouts(),
/// release(), moving and destroying may not overlap with them. Not for signal handlers.
class TcpStream {
 public:
  /// Ties an accepted connection to `manager`. Does not wait, and is not affected by a cancelled
  /// state. Errors: Failed with bad_file_descriptor if `connection` is moved-from.
  [[nodiscard]] static Result<TcpStream> from(const TcpManager& manager, TcpConnection connection);

  /// Takes ownership of a stream socket that is not listening, also when it fails; then it is
  /// closed. Sets close-on-exec and TCP_NODELAY; its blocking mode stays as it is, except that on
  /// Windows it becomes non-blocking.
  /// Errors: Failed with bad_file_descriptor, not_a_socket, wrong_protocol_type (not a stream
  /// socket), address_family_not_supported (not IPv4 or IPv6) or invalid_argument (listening).
  [[nodiscard]] static Result<TcpStream> adopt(const TcpManager& manager, NativeHandle handle);

  /// Connects. Until the connection is established, or refused.
  /// Errors: Cancelled; TimedOut; Failed with the system's code, as connection_refused or
  /// host_unreachable (connection_refused also if the socket would have connected to itself). No
  /// descriptor and no half-open connection is left behind. Source: connect(2).
  [[nodiscard]] static Result<TcpStream> connect(const TcpManager& manager,
                                                 const SocketAddr& address, Deadline deadline = {});

  /// The same with the address as text, "127.0.0.1:80". Errors: also those of SocketAddr::parse().
  [[nodiscard]] static Result<TcpStream> connect(const TcpManager& manager,
                                                 std::string_view address, Deadline deadline = {});

  /// Resolves `host` as resolve() does and connects to whichever of its addresses answers first:
  /// they are tried in the resolver's order, the families alternating, a new one every 250 ms and
  /// at once when one fails; the losers are closed. All of it within one deadline. Errors: those of
  /// resolve() and connect(); when no address answers, the error of the first, and message() names
  /// each that was tried and why it failed. Source: RFC 8305.
  [[nodiscard]] static Result<TcpStream> connect(const TcpManager& manager, std::string_view host,
                                                 std::uint16_t port, Deadline deadline = {});

  /// Takes over the socket. Never fails.
  TcpStream(TcpStream&& other) noexcept;
  /// Closes its own socket and takes over the other's. Never fails.
  TcpStream& operator=(TcpStream&& other) noexcept;
  /// Closes the socket, once all clones are gone: what was written is still delivered, unless bytes
  /// arrived that nobody read; then the peer sees a reset. Blocks only with a linger above zero.
  ~TcpStream();

  /// A second handle on the same socket, with the same manager and default timeouts to begin with.
  /// Clones share the error, end and shutdown state of the socket.
  /// Errors: Failed with the system's code, as too_many_files_open. Source: dup(2).
  [[nodiscard]] Result<TcpStream> try_clone() const;

  /// From the next operation on, `manager` decides about cancelling: say, for a farewell after a
  /// cancel.
  void tie(const TcpManager& manager);

  /// Which manager decides about cancelling. Never fails, also if moved-from.
  TcpManager manager() const noexcept;

  /// Reads what is there, at most `buffer.size()` bytes, waiting until there is at least one.
  /// Returns how many; 0 at the end of the stream. Source: recv(2).
  [[nodiscard]] Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {});

  /// As read(), but the bytes stay in the stream.
  [[nodiscard]] Result<std::size_t> peek(MutableBytes buffer, Timeout timeout = {});

  /// Fills `buffer`, waiting until it is full.
  /// Errors: also Incomplete at the end of the stream. After any error, the first transferred()
  /// bytes of `buffer` are what was read.
  [[nodiscard]] Result<void> read_exact(MutableBytes buffer, Timeout timeout = {});

  /// Appends to `buffer` all that comes until the end of the stream. Returns how many bytes that
  /// was. `limit` bounds `buffer.size()`: exactly that many bytes and then the end is success.
  /// Errors: also TooBig when there is more, which stays in the stream. After any error all that
  /// was read is in `buffer`; the same call again goes on there. May throw what the buffer's
  /// resize() throws, with nothing lost.
  template <Buffer B>
  [[nodiscard]] Result<std::size_t> read_to_end(B& buffer, std::size_t limit,
                                                Timeout timeout = {}) {
    return read_to_end_into(detail::BufferRef(buffer), limit, timeout);
  }

  /// Appends to `buffer` until `complete`, which is shown the whole buffer as
  /// std::span<const std::byte> or std::string_view, returns true. It is asked first about what a
  /// non-empty buffer already holds, never about an empty one. Bytes that came with the last ones
  /// needed are in the buffer too.
  /// Errors: also Incomplete at the end of the stream; TooBig when the buffer has options.limit
  /// bytes and is not complete, nothing more consumed. After any error, and when `complete` or the
  /// buffer's resize() throws (which passes through), all that was read is in `buffer`, and nothing
  /// that was not; the same call again goes on there.
  template <Buffer B, CompletePredicate P>
  [[nodiscard]] Result<void> read_all(B& buffer, ReadAll options, P&& complete) {
    if constexpr (std::is_function_v<std::remove_reference_t<P>>) {
      auto* function = &complete;
      return read_all_into(detail::BufferRef(buffer), options, detail::CompleteRef(function));
    } else {
      return read_all_into(detail::BufferRef(buffer), options, detail::CompleteRef(complete));
    }
  }

  /// Hands over at least one byte, waiting until the kernel has room for it, and returns how many
  /// it took. They are on their way then, not yet received.
  /// Errors: Failed with broken_pipe or connection_reset when the peer has closed or after
  /// shutdown(Shutdown::Write); never a SIGPIPE. Source: send(2), MSG_NOSIGNAL.
  [[nodiscard]] Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {});

  /// The same with the bytes of several pieces, in order and by one system call; how many it took
  /// counts over all pieces. Errors as write(). Source: sendmsg(2).
  [[nodiscard]] Result<std::size_t> write(std::span<const ConstBytes> pieces, Timeout timeout = {});

  /// Hands over all bytes, waiting until the kernel has taken the last.
  /// Errors: as write(). transferred() says how many were taken before: go on with the rest.
  [[nodiscard]] Result<void> write_all(ConstBytes bytes, Timeout timeout = {});

  /// All bytes of all pieces in order, in one system call where one will do (head and body). Errors
  /// as write_all(); transferred() counts over all pieces. Source: sendmsg(2).
  [[nodiscard]] Result<void> write_all(std::initializer_list<ConstBytes> pieces,
                                       Timeout timeout = {});
  /// The same for any contiguous sequence of pieces.
  [[nodiscard]] Result<void> write_all(std::span<const ConstBytes> pieces, Timeout timeout = {});

  /// Ends one half or both of the connection, for all clones. Does not wait, and is not affected by
  /// a cancelled state; a read that waits reports the end, a write that waits fails. Ending what
  /// has ended is success.
  /// Errors: Failed with bad_file_descriptor if moved-from, or with the system's code.
  /// Source: shutdown(2).
  [[nodiscard]] Result<void> shutdown(Shutdown how);

  /// How many bytes a read would get at once; 0 also at the end, after an error, and if moved-from.
  /// Never waits or fails; any thread.
  std::size_t available() const noexcept;

  /// What operations use that are given no timeout of their own; at first, and by `{}`, never.
  /// Operations that are waiting already keep what they started with.
  void set_default_timeouts(Timeout read, Timeout write) noexcept;

  /// What set_default_timeouts() has set for reads. Never fails.
  Timeout default_read_timeout() const noexcept { return read_timeout_; }
  /// What set_default_timeouts() has set for writes. Never fails.
  Timeout default_write_timeout() const noexcept { return write_timeout_; }

  /// The other end, kept from accept or connect, so it is there also when the peer is gone.
  /// Errors: Failed with bad_file_descriptor if moved-from; with not_connected for an adopted
  /// socket that was not connected.
  [[nodiscard]] Result<SocketAddr> peer_addr() const;

  /// This end. Errors: Failed with bad_file_descriptor if moved-from, or the system's code.
  [[nodiscard]] Result<SocketAddr> local_addr() const;

  /// Whether small writes go out at once instead of being gathered by the kernel; on from the
  /// start. Errors of this and all options below: Failed with bad_file_descriptor if moved-from,
  /// with invalid_argument for a value out of range, or with the system's code. None waits.
  /// Source: TCP_NODELAY in tcp(7).
  [[nodiscard]] Result<bool> nodelay() const;
  /// Sets nodelay().
  [[nodiscard]] Result<void> set_nodelay(bool on);

  /// When the kernel asks a silent peer whether it is there; nullopt: it does not, as at first.
  /// Source: SO_KEEPALIVE in socket(7), tcp(7).
  [[nodiscard]] Result<std::optional<Keepalive>> keepalive() const;
  /// Sets keepalive(); what is out of Keepalive's ranges is refused, and changes nothing.
  [[nodiscard]] Result<void> set_keepalive(std::optional<Keepalive> keepalive);

  /// What closing does with bytes that are not acknowledged yet: nullopt, as at first: the kernel
  /// delivers them in the background; 0: they are dropped and the peer sees a reset; more: closing
  /// blocks up to that many seconds, and neither a deadline nor a cancel bounds that.
  /// Source: SO_LINGER in socket(7).
  [[nodiscard]] Result<std::optional<std::chrono::seconds>> linger() const;
  /// Sets linger(); 0 to 65,535 s.
  [[nodiscard]] Result<void> set_linger(std::optional<std::chrono::seconds> linger);

  /// How many routers a packet may pass: IP_TTL, on IPv6 the unicast hop limit.
  /// Source: ip(7), ipv6(7).
  [[nodiscard]] Result<int> ttl() const;
  /// Sets ttl(); 1 to 255.
  [[nodiscard]] Result<void> set_ttl(int ttl);

  /// The kernel's buffer for received bytes, as the system says it (Linux says twice what was set,
  /// for its own bookkeeping). Source: SO_RCVBUF in socket(7).
  [[nodiscard]] Result<std::size_t> receive_buffer_size() const;
  /// Asks for a receive buffer of `bytes`; the system lowers or raises it to what it allows.
  [[nodiscard]] Result<void> set_receive_buffer_size(std::size_t bytes);

  /// The kernel's buffer for bytes to send, as the system says it. Source: SO_SNDBUF in socket(7).
  [[nodiscard]] Result<std::size_t> send_buffer_size() const;
  /// Asks for a send buffer of `bytes`; the system lowers or raises it to what it allows.
  [[nodiscard]] Result<void> set_send_buffer_size(std::size_t bytes);

  /// The error that waits on the socket, which is taken from it; a zero code if there is none.
  /// A broken connection stays broken for reads all the same. Does not wait.
  /// Errors: Failed with bad_file_descriptor if moved-from, or with the system's code.
  /// Source: SO_ERROR in socket(7).
  [[nodiscard]] Result<std::error_code> take_error();

  /// The descriptor, which stays this object's; invalid if moved-from.
  NativeHandle native_handle() const noexcept;

  /// Gives the descriptor away: the caller closes it, and this object is as moved-from. It is
  /// non-blocking unless it was adopted.
  NativeHandle release() noexcept;

 private:
  friend struct detail::Internals;

  TcpStream(std::shared_ptr<detail::ManagerState> manager, NativeHandle handle,
            std::shared_ptr<detail::SocketState> state) noexcept;

  Result<std::size_t> read_to_end_into(detail::BufferRef buffer, std::size_t limit,
                                       Timeout timeout);
  Result<void> read_all_into(detail::BufferRef buffer, const ReadAll& options,
                             detail::CompleteRef complete);

  std::shared_ptr<detail::ManagerState> manager_;
  NativeHandle handle_;
  std::shared_ptr<detail::SocketState> state_;
  Timeout read_timeout_;
  Timeout write_timeout_;
};

}  // namespace mtcp
