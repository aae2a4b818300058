#include "tls/connection.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <utility>

#include "socket_calls.hpp"
#include "sys/socket_options.hpp"
#include "tls/senders.hpp"
#include "tls/wire_bio.hpp"

namespace mtcp::detail {

namespace {

constexpr std::size_t largest_record = 16384;
/// More than that is pending only if the peer asks again and again and takes no answer.
constexpr std::size_t most_pending = 4 * largest_record;
/// How often one call of OpenSSL may read from the wire: it would go on for as long as a peer sends
/// what is no byte for anybody, and no deadline would be looked at.
constexpr unsigned most_reads = 4;

/// As RFC 9525 has it: a name in the subject does not count.
constexpr unsigned how_to_check_names =
    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

std::error_code no_tls_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

/// Puts one of the other identities in the place of the first. The rest stays as it is, as it would
/// not if the whole context were changed: whom it trusts, and its protocols.
bool show(SSL* ssl, SSL_CTX* identity) noexcept {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(identity, &chain);
  SSL_certs_clear(ssl);
  return SSL_use_cert_and_key(ssl, SSL_CTX_get0_certificate(identity),
                              SSL_CTX_get0_privatekey(identity), chain, 1) == 1;
}

}  // namespace

TlsConnection::TlsConnection(std::shared_ptr<TlsContextState> context,
                             std::shared_ptr<Wire> wire) noexcept
    : context_(std::move(context)),
      wire_(std::move(wire)),
      process_(Senders::instance().process()) {}

TlsConnection::~TlsConnection() {
  if (process_ != Senders::instance().process()) return;
  const auto held = lock();
  const auto linger = sys::linger(handle());
  if (linger && *linger == std::chrono::seconds(0)) {
    wire_->drop();  // closing is to reset the connection: a farewell would make it a good end
  } else if (established_ && !failure_) {
    // What came after the handshake, as tickets, is read away: closing a socket on which something
    // is unread resets the connection, and takes what was written with it.
    std::array<std::byte, 1> next;
    if (!ended_ && !read_shut_) static_cast<void>(receive(next, sys::Receive::Peek));
    static_cast<void>(shut(Shutdown::Write));
  }
  wire_->abandon();
}

std::error_code TlsConnection::begin(std::string host) {
  ERR_clear_error();
  ssl_.reset(SSL_new(context_->get()));
  BIO* const bio = ssl_ ? make_wire_bio(*this) : nullptr;
  if (!bio) return no_tls_memory();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  if (context_->role() == TlsContextState::Role::Server) {
    SSL_set_accept_state(ssl_.get());
    return {};
  }
  SSL_set_connect_state(ssl_.get());
  if (host.ends_with('.')) host.pop_back();  // as names are said in full; certificates leave it out
  host_ = std::move(host);
  if (auto error = check_name()) return error;
  resume();
  return {};
}

/// Says whom the certificate must be for. Names are told to the server too, addresses may not be
/// (RFC 6066).
std::error_code TlsConnection::check_name() noexcept {
  // OpenSSL would take it for all hosts of a domain.
  if (host_.starts_with('.')) return std::make_error_code(std::errc::invalid_argument);
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_.get());
  X509_VERIFY_PARAM_set_hostflags(wanted, how_to_check_names);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host_.c_str()) == 1) return {};
  ERR_clear_error();
  if (SSL_set_tlsext_host_name(ssl_.get(), host_.c_str()) != 1)
    return std::make_error_code(std::errc::invalid_argument);
  if (X509_VERIFY_PARAM_set1_host(wanted, host_.data(), host_.size()) != 1) return no_tls_memory();
  return {};
}

void TlsConnection::resume() noexcept try {
  const auto session = context_->sessions().take(server_key());
  if (session) SSL_set_session(ssl_.get(), session.get());
} catch (const std::bad_alloc&) {
  return;  // a full handshake will do
}

std::string TlsConnection::server_key() const {
  const auto& peer = wire_->state().peer();
  return host_ + ":" + std::to_string(peer ? peer->port() : 0);
}

TlsFailure TlsConnection::failure(std::error_code code) const noexcept {
  if (failure_ && failure_->code == code) return *failure_;
  return {code, nullptr};
}

sys::Attempt<sys::Done> TlsConnection::shake() noexcept {
  if (failure_) return std::unexpected(failure_->code);
  if (!established_) {
    ERR_clear_error();
    reads_left_ = most_reads;
    const int result = SSL_do_handshake(ssl_.get());
    established_ = result == 1;
    if (!established_ && SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ)
      return std::unexpected(fail_by(result));
  }
  const auto flushed = wire_->flush();
  if (!flushed) return std::unexpected(flushed.error());
  if (*flushed && established_) return sys::Done{};
  return std::nullopt;
}

sys::Attempt<std::size_t> TlsConnection::receive(std::span<std::byte> buffer,
                                                 sys::Receive how) noexcept {
  if (failure_) return std::unexpected(failure_->code);
  if (!established_) return std::unexpected(std::make_error_code(std::errc::not_connected));
  if (read_shut_ || ended_) return 0;
  ERR_clear_error();
  reads_left_ = most_reads;
  std::size_t count = 0;
  const int result = how == sys::Receive::Peek
                         ? SSL_peek_ex(ssl_.get(), buffer.data(), buffer.size(), &count)
                         : SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
  auto outcome = received(result, count);
  turns_.set_in_message(in_message());
  if (farewell_due_ && (failure_ || !in_message())) say_farewell();
  leave();
  return outcome;
}

sys::Attempt<std::size_t> TlsConnection::received(int result, std::size_t count) noexcept {
  if (wire_->pending() > most_pending)
    return std::unexpected(
        fail(tls_failure(TlsErrc::ProtocolViolated, "it takes no answers to what it asks")));
  if (result == 1) return count;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return std::nullopt;
    case SSL_ERROR_ZERO_RETURN:
      if (in_message())  // OpenSSL takes it, and waits for the rest of the message for ever
        return std::unexpected(fail(
            tls_failure(TlsErrc::ProtocolViolated, "it said farewell in the middle of a message")));
      return end();
    default:
      return std::unexpected(fail_by(result));
  }
}

/// The peer has said farewell. A reset after that counts all the same: what was written before may
/// not have arrived.
sys::Attempt<std::size_t> TlsConnection::end() noexcept {
  std::array<std::byte, 1> next;
  const auto seen = wire_->state().receive(handle(), next, sys::Receive::Peek);
  if (!seen) return std::unexpected(seen.error());
  ended_ = true;
  return 0;
}

std::error_code TlsConnection::write_error() const noexcept {
  if (write_shut_) return std::make_error_code(std::errc::broken_pipe);
  if (failure_) return failure_->code;
  if (!established_) return std::make_error_code(std::errc::not_connected);
  if (in_message() && read_shut_) return std::make_error_code(std::errc::broken_pipe);
  return wire_->broken();
}

sys::Expected<std::size_t> TlsConnection::encrypt(std::span<const ConstBytes> pieces,
                                                  std::size_t skip) noexcept {
  std::array<std::byte, largest_record> gathered;
  std::span<const std::byte> record(pieces.front().data() + skip, pieces.front().size() - skip);
  if (pieces.size() > 1 && record.size() < gathered.size()) {
    std::size_t size = 0;
    for (const ConstBytes& piece : pieces) {
      const std::span all(piece.data(), piece.size());
      const auto part = all.subspan(std::exchange(skip, 0));
      const auto taken = part.first(std::min(part.size(), gathered.size() - size));
      std::ranges::copy(taken, gathered.begin() + static_cast<std::ptrdiff_t>(size));
      size += taken.size();
    }
    record = std::span(gathered).first(size);
  }
  record = record.first(std::min(record.size(), largest_record));
  ERR_clear_error();
  if (std::exchange(new_keys_, false) && SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1)
    return std::unexpected(fail(tls_failure_from_queue()));
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &count);
  if (result != 1) return std::unexpected(fail_by(result));
  return count;
}

std::size_t TlsConnection::available() noexcept {
  if (turns_.taken()) return decrypted();  // what the socket has is for the one who waits there
  std::array<std::byte, 1> next;
  const auto seen = receive(next, sys::Receive::Peek);
  return seen && *seen && **seen != 0 ? decrypted() : 0;
}

std::size_t TlsConnection::at_most() const noexcept {
  if (!established_ || ended_ || read_shut_) return 0;
  return decrypted() + (SSL_has_pending(ssl_.get()) == 1 ? tls_read_ahead : 0) +
         sys::receivable(handle());
}

std::error_code TlsConnection::shut(Shutdown how) noexcept {
  if (!established_) return std::make_error_code(std::errc::not_connected);
  if (how != Shutdown::Write) {
    read_shut_ = true;
    static_cast<void>(detail::shutdown(handle(), &wire_->state(), Shutdown::Read));
    if (farewell_due_) say_farewell();
  }
  if (how == Shutdown::Read || std::exchange(write_shut_, true)) return {};
  farewell_due_ = in_message() && !failure_ && !read_shut_;
  if (!farewell_due_) say_farewell();
  turns_.shut_writing();
  return {};
}

void TlsConnection::say_farewell() noexcept {
  farewell_due_ = false;
  ERR_clear_error();
  if (!failure_) static_cast<void>(SSL_shutdown(ssl_.get()));
  ERR_clear_error();
  wire_->end();
  static_cast<void>(wire_->flush());  // where the connection is broken, it has ended already
  leave();
}

std::error_code TlsConnection::update_keys() noexcept {
  if (const auto error = write_error()) return error;
  if (SSL_version(ssl_.get()) < TLS1_3_VERSION)
    return std::make_error_code(std::errc::not_supported);
  new_keys_ = true;
  return {};
}

void TlsConnection::leave() noexcept {
  if (wire_->pending() != 0 && !wire_->broken()) Senders::instance().take(wire_);
}

std::error_code TlsConnection::fail(TlsFailure failure) noexcept {
  failure_ = std::move(failure);
  leave();  // the peer is to be told
  return failure_->code;
}

/// A call of OpenSSL has failed, and cannot just be tried again.
std::error_code TlsConnection::fail_by(int result) noexcept {
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_SYSCALL)
    return read_error_ ? read_error_ : fail({no_tls_memory(), nullptr});
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN)
    return fail(tls_failure(TlsErrc::Other, "it said farewell before the handshake was done"));
  const unsigned long error = ERR_peek_last_error();
  const bool certificate =
      ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  if (certificate && certificate_failure_) return fail(*certificate_failure_);
  return fail(tls_failure_from_queue());
}

int TlsConnection::on_certificate(int good, X509_STORE_CTX* store) noexcept {
  if (good == 1) return 1;
  const int index = SSL_get_ex_data_X509_STORE_CTX_idx();
  auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, index));
  auto& self = *static_cast<TlsConnection*>(SSL_get_app_data(ssl));
  if (!self.certificate_failure_)
    self.certificate_failure_ = certificate_failure(
        X509_STORE_CTX_get_error(store), X509_STORE_CTX_get_current_cert(store), self.host_);
  return 0;
}

int TlsConnection::on_session(SSL* ssl, SSL_SESSION* session) noexcept try {
  SessionPtr owned(session);
  const auto& self = *static_cast<TlsConnection*>(SSL_get_app_data(ssl));
  if (SSL_SESSION_is_resumable(session) == 1)
    self.context_->sessions().keep(self.server_key(), std::move(owned));
  return 1;
} catch (const std::bad_alloc&) {
  return 1;  // it is freed already
}

int TlsConnection::on_server_name(SSL* ssl, int*, void* context) noexcept {
  const auto& state = *static_cast<const TlsContextState*>(context);
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!name) return SSL_TLSEXT_ERR_NOACK;
  const auto is_for_name = [&](SSL_CTX* identity) {
    return X509_check_host(SSL_CTX_get0_certificate(identity), name, 0, how_to_check_names,
                           nullptr) == 1;
  };
  if (is_for_name(state.get())) return SSL_TLSEXT_ERR_OK;
  for (const auto& other : state.others()) {
    if (!is_for_name(other.get())) continue;
    return show(ssl, other.get()) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

int TlsConnection::on_protocols(SSL*, const unsigned char** out, unsigned char* out_size,
                                const unsigned char* in, unsigned in_size, void* context) noexcept {
  const std::string& own = static_cast<const TlsContextState*>(context)->protocols();
  if (own.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* selected = nullptr;
  const int common =
      SSL_select_next_proto(&selected, out_size, reinterpret_cast<const unsigned char*>(own.data()),
                            static_cast<unsigned>(own.size()), in, in_size);
  *out = selected;
  return common == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace mtcp::detail
