#include <new>
#include <utility>

#include <mtcp/tcp_stream.hpp>

#include "attempts.hpp"
#include "connect.hpp"
#include "look_up.hpp"
#include "socket_calls.hpp"
#include "socket_operation.hpp"
#include "sys/socket.hpp"
#include "sys/socket_options.hpp"

namespace mtcp {

namespace {

using detail::as_span;
using detail::Internals;
using detail::OperationName;
using detail::or_default;
using detail::SocketOperation;

constexpr OperationName making = {"make stream", "from descriptor"};
constexpr OperationName adopting = {"adopt stream", "from descriptor"};
constexpr OperationName connecting = {"connect", "to"};
constexpr OperationName cloning = {"clone", "connection to"};

std::error_code prepare_adopted(NativeHandle handle) {
  const auto role = sys::role(handle);
  if (!role) return role.error();
  if (*role != sys::Role::Stream) return std::make_error_code(std::errc::invalid_argument);
  if (auto error = sys::take_over(handle)) return error;
  if (auto error = sys::keep_from_blocking(handle)) return error;
  return sys::set_nodelay(handle, true);
}

}  // namespace

TcpStream::TcpStream(std::shared_ptr<detail::ManagerState> manager, NativeHandle handle,
                     std::shared_ptr<detail::SocketState> state) noexcept
    : manager_(std::move(manager)), handle_(handle), state_(std::move(state)) {}

TcpStream::TcpStream(TcpStream&& other) noexcept
    : manager_(other.manager_),
      handle_(other.release()),
      state_(std::move(other.state_)),
      read_timeout_(other.read_timeout_),
      write_timeout_(other.write_timeout_) {}

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
  const NativeHandle taken = other.release();
  const sys::Socket old(std::exchange(handle_, taken));
  manager_ = other.manager_;
  state_ = std::move(other.state_);
  read_timeout_ = other.read_timeout_;
  write_timeout_ = other.write_timeout_;
  return *this;
}

TcpStream::~TcpStream() {
  const sys::Socket closed(release());
}

Result<TcpStream> TcpStream::from(const TcpManager& manager, TcpConnection connection) {
  if (auto valid = detail::check_handle(connection.native_handle(), making); !valid)
    return std::unexpected(valid.error());
  auto state = Internals::state(connection);
  return TcpStream(Internals::state(manager), connection.release(), std::move(state));
}

Result<TcpStream> TcpStream::adopt(const TcpManager& manager, NativeHandle handle) {
  sys::Socket socket(handle);
  if (auto error = prepare_adopted(handle)) {
    if (error == std::errc::bad_file_descriptor) socket.release();  // not ours to close
    const bool listening = error == std::make_error_code(std::errc::invalid_argument);
    return std::unexpected(Internals::failure(error, adopting, detail::Subject::descriptor(handle),
                                              listening ? "the socket is listening" : nullptr));
  }
  auto state = detail::make_socket_state();
  if (!state)
    return std::unexpected(detail::no_memory(adopting, detail::Subject::descriptor(handle)));
  if (const auto peer = sys::peer_addr(handle)) state->set_peer(*peer);
  return TcpStream(Internals::state(manager), socket.release(), std::move(state));
}

Result<TcpStream> TcpStream::connect(const TcpManager& manager, const SocketAddr& address,
                                     Deadline deadline) {
  auto state = detail::make_socket_state();
  if (!state) return std::unexpected(detail::no_memory(connecting, address));
  detail::Operation operation(*Internals::state(manager), deadline);
  auto established = detail::connect(operation, address);
  if (!established) return std::unexpected(established.error().error(connecting, address));
  state->set_peer(established->peer);
  return TcpStream(Internals::state(manager), established->socket.release(), std::move(state));
}

Result<TcpStream> TcpStream::connect(const TcpManager& manager, std::string_view address,
                                     Deadline deadline) {
  const auto parsed = SocketAddr::parse(address);
  if (parsed) return connect(manager, *parsed, deadline);
  if (!manager.cancelled()) return std::unexpected(parsed.error());
  return std::unexpected(
      Internals::error(TcpError::Kind::Cancelled, connecting, detail::Subject::quoted(address)));
}

Result<TcpStream> TcpStream::connect(const TcpManager& manager, std::string_view host,
                                     std::uint16_t port, Deadline deadline) try {
  const auto subject = detail::Subject::host(host, port);
  auto state = detail::make_socket_state();
  if (!state) return std::unexpected(detail::no_memory(connecting, subject));
  detail::Operation operation(*Internals::state(manager), deadline);
  auto addresses = detail::look_up(operation, host, port);
  if (!addresses) return std::unexpected(addresses.error().error(connecting, subject));
  const auto attempts = std::make_shared<detail::Attempts>(addresses->size());
  auto established = detail::connect_to_first(operation, std::move(*addresses), *attempts);
  if (!established)
    return std::unexpected(
        Internals::with_detail(established.error().error(connecting, subject), attempts));
  state->set_peer(established->peer);
  return TcpStream(Internals::state(manager), established->socket.release(), std::move(state));
} catch (const std::bad_alloc&) {
  return std::unexpected(detail::no_memory(connecting, detail::Subject::host(host, port)));
}

Result<TcpStream> TcpStream::try_clone() const {
  if (auto valid = detail::check_handle(handle_, cloning); !valid)
    return std::unexpected(valid.error());
  auto copy = sys::duplicate(handle_);
  if (!copy)
    return std::unexpected(
        Internals::failure(copy.error(), cloning, detail::peer_subject(*state_)));
  TcpStream clone(manager_, copy->release(), state_);
  clone.set_default_timeouts(read_timeout_, write_timeout_);
  return clone;
}

void TcpStream::tie(const TcpManager& manager) {
  manager_ = Internals::state(manager);
}

TcpManager TcpStream::manager() const noexcept {
  return Internals::manager(manager_);
}

std::size_t TcpStream::available() const noexcept {
  return handle_.valid() ? sys::receivable(handle_) : 0;
}

void TcpStream::set_default_timeouts(Timeout read, Timeout write) noexcept {
  read_timeout_ = read;
  write_timeout_ = write;
}

Result<std::size_t> TcpStream::read(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"read", "from"};
  if (auto valid = detail::check_handle(handle_, name); !valid)
    return std::unexpected(valid.error());
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, read_timeout_));
  const auto count = operation.receive(as_span(buffer), sys::Receive::Take);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<std::size_t> TcpStream::peek(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"peek", "from"};
  if (auto valid = detail::check_handle(handle_, name); !valid)
    return std::unexpected(valid.error());
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, read_timeout_));
  const auto count = operation.receive(as_span(buffer), sys::Receive::Peek);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<void> TcpStream::read_exact(MutableBytes buffer, Timeout timeout) {
  constexpr OperationName name = {"read_exact", "from"};
  if (auto valid = detail::check_handle(handle_, name); !valid) return valid;
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, read_timeout_));
  if (auto done = operation.receive_all(as_span(buffer)); !done)
    return operation.failure(done.error());
  return {};
}

Result<std::size_t> TcpStream::read_to_end_into(detail::BufferRef buffer, std::size_t limit,
                                                Timeout timeout) {
  constexpr OperationName name = {"read_to_end", "from"};
  if (auto valid = detail::check_handle(handle_, name); !valid)
    return std::unexpected(valid.error());
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, read_timeout_));
  if (auto done = operation.append_to_end(buffer, limit); !done)
    return operation.failure(done.error());
  return operation.transferred();
}

Result<void> TcpStream::read_all_into(detail::BufferRef buffer, const ReadAll& options,
                                      detail::CompleteRef complete) {
  constexpr OperationName name = {"read_all", "from"};
  if (auto valid = detail::check_handle(handle_, name); !valid) return valid;
  SocketOperation operation(name, *manager_, handle_, *state_,
                            or_default(options.timeout, read_timeout_));
  if (auto done = operation.append_until(buffer, options.chunk, options.limit, complete); !done)
    return operation.failure(done.error());
  return {};
}

Result<std::size_t> TcpStream::write(ConstBytes bytes, Timeout timeout) {
  constexpr OperationName name = {"write", "to"};
  if (auto valid = detail::check_handle(handle_, name); !valid)
    return std::unexpected(valid.error());
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, write_timeout_));
  const auto count = operation.send(bytes);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<std::size_t> TcpStream::write(std::span<const ConstBytes> pieces, Timeout timeout) {
  constexpr OperationName name = {"write", "to"};
  if (auto valid = detail::check_handle(handle_, name); !valid)
    return std::unexpected(valid.error());
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, write_timeout_));
  const auto count = operation.send(pieces);
  if (!count) return operation.failure(count.error());
  return *count;
}

Result<void> TcpStream::write_all(ConstBytes bytes, Timeout timeout) {
  return write_all(std::span<const ConstBytes>(&bytes, 1), timeout);
}

Result<void> TcpStream::write_all(std::initializer_list<ConstBytes> pieces, Timeout timeout) {
  return write_all(std::span<const ConstBytes>(pieces.begin(), pieces.size()), timeout);
}

Result<void> TcpStream::write_all(std::span<const ConstBytes> pieces, Timeout timeout) {
  constexpr OperationName name = {"write_all", "to"};
  if (auto valid = detail::check_handle(handle_, name); !valid) return valid;
  SocketOperation operation(name, *manager_, handle_, *state_, or_default(timeout, write_timeout_));
  if (auto done = operation.send_all(pieces); !done) return operation.failure(done.error());
  return {};
}

Result<void> TcpStream::shutdown(Shutdown how) {
  return detail::shutdown(handle_, state_.get(), how);
}

Result<SocketAddr> TcpStream::peer_addr() const {
  return detail::peer_addr(handle_, state_.get());
}

Result<SocketAddr> TcpStream::local_addr() const {
  return detail::local_addr(handle_);
}

NativeHandle TcpStream::native_handle() const noexcept {
  return handle_;
}

NativeHandle TcpStream::release() noexcept {
  return std::exchange(handle_, NativeHandle());
}

}  // namespace mtcp
