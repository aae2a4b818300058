#include <new>
#include <utility>

#include <mtcp/tls/stream.hpp>

#include "socket_calls.hpp"
#include "tls/tls_operation.hpp"

namespace mtcp {

namespace {

using detail::as_span;
using detail::Internals;
using detail::OperationName;
using detail::or_default;
using detail::TlsConnection;
using detail::TlsContextState;
using detail::TlsInternals;
using detail::TlsOperation;

constexpr OperationName making = {"make TLS stream", "to"};

std::unexpected<TcpError> failed(std::error_code code, OperationName name,
                                 const detail::Subject& subject, const char* reason = nullptr) {
  return std::unexpected(Internals::failure(code, name, subject, reason));
}

std::unexpected<TcpError> gone(OperationName name) {
  return std::unexpected(detail::moved_from(name));
}

detail::Subject peer_of(const TlsConnection& connection) noexcept {
  return detail::peer_subject(connection.wire().state());
}

detail::ManagerState& state_of(const TcpManager& manager) noexcept {
  return *Internals::state(manager);
}

Result<std::shared_ptr<TlsConnection>> make_connection(const TlsContext& context, TcpStream stream,
                                                       std::string_view host,
                                                       TlsContextState::Role role) try {
  if (!stream.native_handle().valid()) return gone(making);
  const auto subject = detail::peer_subject(*Internals::state(stream));
  const auto invalid = [&](const char* reason) {
    return failed(std::make_error_code(std::errc::invalid_argument), making, subject, reason);
  };
  const auto& state = TlsInternals::state(context);
  const bool client = role == TlsContextState::Role::Client;
  if (state->role() != role)
    return invalid(client ? "the context is for servers" : "the context is for clients");
  if (client && host.empty()) return invalid("the host is empty");
  if (host.contains('\0')) return invalid("the host has a NUL in it");
  auto connection =
      std::make_shared<TlsConnection>(state, std::make_shared<detail::Wire>(std::move(stream)));
  if (const auto error = connection->begin(std::string(host)))
    return failed(error, making, subject);
  return connection;
} catch (const std::bad_alloc&) {
  return std::unexpected(detail::no_memory(making, {}));
}

}  // namespace

TlsStream::TlsStream(const TcpManager& manager, std::shared_ptr<TlsConnection> connection) noexcept
    : manager_(manager), connection_(std::move(connection)) {}

Result<TlsStream> TlsStream::client(const TlsContext& context, TcpStream stream,
                                    std::string_view host) {
  const TcpManager manager = stream.manager();
  const Timeout read = stream.default_read_timeout();
  const Timeout write = stream.default_write_timeout();
  auto connection =
      make_connection(context, std::move(stream), host, TlsContextState::Role::Client);
  if (!connection) return std::unexpected(connection.error());
  TlsStream made(manager, std::move(*connection));
  made.set_default_timeouts(read, write);
  return made;
}

Result<TlsStream> TlsStream::server(const TlsContext& context, TcpStream stream) {
  const TcpManager manager = stream.manager();
  const Timeout read = stream.default_read_timeout();
  const Timeout write = stream.default_write_timeout();
  auto connection = make_connection(context, std::move(stream), {}, TlsContextState::Role::Server);
  if (!connection) return std::unexpected(connection.error());
  TlsStream made(manager, std::move(*connection));
  made.set_default_timeouts(read, write);
  return made;
}

Result<TlsStream> TlsStream::connect(const TlsContext& context, TcpStream stream,
                                     std::string_view host, Timeout timeout) {
  auto made = client(context, std::move(stream), host);
  if (!made) return made;
  if (auto done = made->handshake(timeout); !done) return std::unexpected(done.error());
  return made;
}

Result<TlsStream> TlsStream::accept(const TlsContext& context, TcpStream stream, Timeout timeout) {
  auto made = server(context, std::move(stream));
  if (!made) return made;
  if (auto done = made->handshake(timeout); !done) return std::unexpected(done.error());
  return made;
}

Result<void> TlsStream::handshake(Timeout timeout) {
  constexpr OperationName name = {"handshake", "with"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  if (auto done = operation.shake(); !done) return operation.failure(done.error());
  return {};
}

Result<TlsStream> TlsStream::try_clone() const {
  if (!connection_) return gone({"clone", "connection to"});
  TlsStream clone(manager_, connection_);
  clone.set_default_timeouts(read_timeout_, write_timeout_);
  return clone;
}

void TlsStream::tie(const TcpManager& manager) {
  manager_ = manager;
}

void TlsStream::set_default_timeouts(Timeout read, Timeout write) noexcept {
  read_timeout_ = read;
  write_timeout_ = write;
}

Result<std::size_t> TlsStream::read(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"read", "from"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  const auto count = operation.receive(as_span(buffer), sys::Receive::Take);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<std::size_t> TlsStream::peek(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"peek", "from"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  const auto count = operation.receive(as_span(buffer), sys::Receive::Peek);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<void> TlsStream::read_exact(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"read_exact", "from"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  if (auto done = operation.receive_all(as_span(buffer)); !done)
    return operation.failure(done.error());
  return {};
}

Result<std::size_t> TlsStream::read_to_end_into(detail::BufferRef buffer, std::size_t limit,
                                                Timeout timeout) {
  constexpr OperationName name = {"read_to_end", "from"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  if (auto done = operation.append_to_end(buffer, limit); !done)
    return operation.failure(done.error());
  return operation.transferred();
}

Result<void> TlsStream::read_all_into(detail::BufferRef buffer, const ReadAll& options,
                                      detail::CompleteRef complete) {
  constexpr OperationName name = {"read_all", "from"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(options.timeout, read_timeout_));
  if (auto done = operation.append_until(buffer, options.chunk, options.limit, complete); !done)
    return operation.failure(done.error());
  return {};
}

Result<std::size_t> TlsStream::write(ConstBytes bytes, Timeout timeout) {
  constexpr OperationName name = {"write", "to"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, write_timeout_));
  const auto count = operation.send(bytes);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<void> TlsStream::write_all(ConstBytes bytes, Timeout timeout) {
  return write_all(std::span<const ConstBytes>(&bytes, 1), timeout);
}

Result<void> TlsStream::write_all(std::initializer_list<ConstBytes> pieces, Timeout timeout) {
  return write_all(std::span<const ConstBytes>(pieces.begin(), pieces.size()), timeout);
}

Result<void> TlsStream::write_all(std::span<const ConstBytes> pieces, Timeout timeout) {
  constexpr OperationName name = {"write_all", "to"};
  if (!connection_) return gone(name);
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, write_timeout_));
  if (auto done = operation.send_all(pieces); !done) return operation.failure(done.error());
  return {};
}

Result<void> TlsStream::shutdown(Shutdown how) {
  constexpr OperationName name = {"shutdown", "of connection to"};
  if (!connection_) return gone(name);
  const auto lock = connection_->lock();
  if (const auto error = connection_->shut(how)) return failed(error, name, peer_of(*connection_));
  return {};
}

Result<void> TlsStream::close(Timeout timeout) {
  constexpr OperationName name = {"close", "connection to"};
  if (auto shut = shutdown(Shutdown::Write); !shut)
    return std::unexpected(Internals::renamed(shut.error(), name, 0));
  TlsOperation operation(name, state_of(manager_), *connection_,
                         or_default(timeout, read_timeout_));
  if (auto done = operation.close(); !done) return operation.failure(done.error());
  return {};
}

std::size_t TlsStream::available() const noexcept {
  if (!connection_) return 0;
  const auto lock = connection_->lock();
  return connection_->available();
}

Result<SocketAddr> TlsStream::peer_addr() const {
  if (connection_) return connection_->wire().stream().peer_addr();
  return gone({"peer_addr", "of"});
}

Result<SocketAddr> TlsStream::local_addr() const {
  if (connection_) return connection_->wire().stream().local_addr();
  return gone({"local_addr", "of"});
}

TcpStream* TlsStream::transport() const noexcept {
  return connection_ ? &connection_->wire().stream() : nullptr;
}

NativeHandle TlsStream::native_handle() const noexcept {
  return connection_ ? connection_->handle() : NativeHandle();
}

std::string TlsStream::protocol() const {
  if (!connection_) return {};
  const auto lock = connection_->lock();
  return connection_->protocol();
}

std::string TlsStream::version() const {
  if (!connection_) return {};
  const auto lock = connection_->lock();
  return connection_->version();
}

std::string TlsStream::server_name() const {
  if (!connection_) return {};
  const auto lock = connection_->lock();
  return connection_->server_name();
}

std::string TlsStream::peer_subject() const {
  if (!connection_) return {};
  const auto lock = connection_->lock();
  return connection_->peer_subject();
}

bool TlsStream::resumed() const noexcept {
  if (!connection_) return false;
  const auto lock = connection_->lock();
  return connection_->resumed();
}

Result<void> TlsStream::update_keys() {
  constexpr OperationName name = {"update_keys", "of connection to"};
  if (!connection_) return gone(name);
  const auto lock = connection_->lock();
  if (const auto error = connection_->update_keys())
    return failed(error, name, peer_of(*connection_));
  return {};
}

}  // namespace mtcp
