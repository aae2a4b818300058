#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <mtcp/bytes.hpp>
#include <mtcp/shutdown.hpp>

#include "sys/socket.hpp"
#include "tls/context_state.hpp"
#include "tls/failure.hpp"
#include "tls/turns.hpp"
#include "tls/wire.hpp"

namespace mtcp::detail {

/// What OpenSSL may take from the wire before it is to be read: two records, so that a stream of
/// large ones costs less than one system call each.
inline constexpr std::size_t tls_read_ahead = std::size_t{33} * 1024;

/// What all handles of one TLS connection share: OpenSSL's state of it, which one thread at a time
/// may use, and the wire. Nothing here waits; the wire's mutex guards all of it, and is taken by
/// the callers of what says so.
class TlsConnection {
 public:
  TlsConnection(std::shared_ptr<TlsContextState> context, std::shared_ptr<Wire> wire) noexcept;
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  /// Says farewell, but not in a child of the process that made it.
  ~TlsConnection();

  /// Before it is shared; `host` is empty on a server's side. May throw std::bad_alloc.
  std::error_code begin(std::string host);

  Wire& wire() const noexcept { return *wire_; }
  NativeHandle handle() const noexcept { return wire_->handle(); }
  [[nodiscard]] std::unique_lock<std::mutex> lock() const noexcept {
    return std::unique_lock(wire_->mutex());
  }

  // All below with the lock.

  /// What the error of an operation that has stopped with `code` says besides.
  TlsFailure failure(std::error_code code) const noexcept;

  /// Done when both sides are; what is to be waited for if not: the wire's pending bytes, and
  /// bytes to read unless is_established().
  sys::Attempt<sys::Done> shake() noexcept;
  bool is_established() const noexcept { return established_; }
  /// How many bytes have come from the wire since this was asked last.
  std::size_t take_progress() noexcept { return std::exchange(progress_, 0); }

  /// As Socket's receive(); for the thread whose turn it is to read.
  sys::Attempt<std::size_t> receive(std::span<std::byte> buffer, sys::Receive how) noexcept;
  /// Encrypts some of `pieces`, leaving out the first `skip` bytes of the first one; at most one
  /// record. Nothing must be pending, and the peer not be in a message. Returns how many.
  sys::Expected<std::size_t> encrypt(std::span<const ConstBytes> pieces, std::size_t skip) noexcept;
  /// Why nothing can be encrypted; zero if it can.
  std::error_code write_error() const noexcept;
  bool write_shut() const noexcept { return write_shut_; }
  /// Whether the peer has begun to say something that is to be read to its end, by receive(),
  /// before anything can be encrypted.
  bool in_message() const noexcept { return established_ && SSL_in_init(ssl_.get()) == 1; }

  /// How many bytes a read would get at once.
  std::size_t available() noexcept;
  /// No fewer than all reads together could get at once.
  std::size_t at_most() const noexcept;

  std::error_code shut(Shutdown how) noexcept;
  std::error_code update_keys() noexcept;
  /// Sees to it that what is pending is sent.
  void leave() noexcept;

  Turns& turns() noexcept { return turns_; }

  std::string protocol() const;
  std::string version() const;
  std::string server_name() const;
  std::string peer_subject() const;
  bool resumed() const noexcept;

  // What OpenSSL calls, within a call of ours.
  static int on_certificate(int good, X509_STORE_CTX* store) noexcept;
  static int on_session(SSL* ssl, SSL_SESSION* session) noexcept;
  static int on_server_name(SSL* ssl, int* alert, void* context) noexcept;
  static int on_protocols(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* in, unsigned in_size, void* context) noexcept;

 private:
  std::size_t decrypted() const noexcept {
    return static_cast<std::size_t>(SSL_pending(ssl_.get()));
  }
  std::error_code check_name() noexcept;
  void resume() noexcept;
  std::string server_key() const;
  std::error_code fail(TlsFailure failure) noexcept;
  std::error_code fail_by(int result) noexcept;
  sys::Attempt<std::size_t> end() noexcept;
  sys::Attempt<std::size_t> received(int result, std::size_t count) noexcept;
  void say_farewell() noexcept;

  std::shared_ptr<TlsContextState> context_;
  std::shared_ptr<Wire> wire_;
  SslPtr ssl_;
  std::string host_;
  std::optional<TlsFailure> certificate_failure_;
  std::optional<TlsFailure> failure_;  // holds for ever
  std::error_code read_error_;         // what the wire said last
  bool wire_ended_ = false;
  bool established_ = false;
  bool ended_ = false;
  bool read_shut_ = false;
  bool write_shut_ = false;
  bool farewell_due_ = false;  // once the peer's message is over
  bool new_keys_ = false;      // are to be told before the next bytes
  std::size_t progress_ = 0;   // bytes from the wire
  unsigned reads_left_ = 0;    // of the wire, for the call of OpenSSL that goes on
  unsigned process_;
  Turns turns_;

  friend struct WireBio;
};

}  // namespace mtcp::detail
