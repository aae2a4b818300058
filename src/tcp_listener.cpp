#include <new>
#include <utility>

#include <mtcp/tcp_listener.hpp>

#include "accept.hpp"
#include "operation.hpp"
#include "socket_calls.hpp"
#include "sys/socket.hpp"
#include "sys/socket_options.hpp"
#include "wait_history.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;

constexpr OperationName binding = {"bind", "to"};
constexpr OperationName adopting = {"adopt listener", "from descriptor"};
constexpr OperationName accepting = {"accept", "on"};

/// Everything between socket() and listen(), in order; the first error ends it.
std::error_code configure(NativeHandle handle, const SocketAddr& address,
                          const TcpListenerOptions& options) {
  if (auto error = sys::set_reuse_address(handle, options.reuse_address)) return error;
  if (options.reuse_port)
    if (auto error = sys::set_reuse_port(handle, true)) return error;
  if (address.is_v6() && options.v6_only)
    if (auto error = sys::set_v6_only(handle, *options.v6_only)) return error;
  if (auto error = sys::set_nodelay(handle, true)) return error;  // connections inherit it
  if (auto error = sys::bind(handle, address)) return error;
  return sys::listen(handle, options.backlog);
}

std::error_code prepare_adopted(NativeHandle handle) {
  const auto role = sys::role(handle);
  if (!role) return role.error();
  if (*role != sys::Role::Listener) return std::make_error_code(std::errc::invalid_argument);
  if (auto error = sys::take_over(handle)) return error;
  if (auto error = sys::set_non_blocking(handle)) return error;
  return sys::set_nodelay(handle, true);
}

}  // namespace

TcpListener::TcpListener(std::shared_ptr<detail::ManagerState> manager, NativeHandle handle,
                         const SocketAddr& local,
                         std::unique_ptr<detail::WaitHistory> history) noexcept
    : manager_(std::move(manager)), handle_(handle), local_(local), history_(std::move(history)) {}

TcpListener::TcpListener(TcpListener&& other) noexcept
    : manager_(std::move(other.manager_)),
      handle_(other.release()),
      local_(other.local_),
      history_(std::move(other.history_)) {}

TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  const NativeHandle taken = other.release();
  const sys::Socket old(std::exchange(handle_, taken));
  manager_ = std::move(other.manager_);
  local_ = other.local_;
  history_ = std::move(other.history_);
  return *this;
}

TcpListener::~TcpListener() {
  const sys::Socket closed(release());
}

Result<TcpListener> TcpListener::bind(const TcpManager& manager, const SocketAddr& address,
                                      Options options) {
  const auto fail = [&](std::error_code code, const char* reason = nullptr) {
    return std::unexpected(Internals::failure(code, binding, address, reason));
  };
  if (options.backlog < 0)
    return fail(std::make_error_code(std::errc::invalid_argument), "the backlog is negative");
  auto socket = sys::open(address);
  if (!socket) return fail(socket.error());
  if (auto error = configure(socket->handle(), address, options)) return fail(error);
  const auto local = sys::local_addr(socket->handle());
  if (!local) return fail(local.error());
  std::unique_ptr<detail::WaitHistory> history(new (std::nothrow) detail::WaitHistory);
  if (!history) return fail(std::make_error_code(std::errc::not_enough_memory));
  return TcpListener(Internals::state(manager), socket->release(), *local, std::move(history));
}

Result<TcpListener> TcpListener::bind(const TcpManager& manager, std::string_view address,
                                      Options options) {
  const auto parsed = SocketAddr::parse(address);
  if (!parsed) return std::unexpected(parsed.error());
  return bind(manager, *parsed, options);
}

Result<TcpListener> TcpListener::adopt(const TcpManager& manager, NativeHandle handle) {
  sys::Socket socket(handle);
  const auto fail = [&](std::error_code code, const char* reason = nullptr) {
    return std::unexpected(
        Internals::failure(code, adopting, detail::Subject::descriptor(handle), reason));
  };
  if (auto error = prepare_adopted(handle)) {
    if (error == std::errc::bad_file_descriptor) socket.release();  // not ours to close
    const bool idle = error == std::make_error_code(std::errc::invalid_argument);
    return fail(error, idle ? "the socket is not listening" : nullptr);
  }
  const auto local = sys::local_addr(handle);
  if (!local) return fail(local.error());
  std::unique_ptr<detail::WaitHistory> history(new (std::nothrow) detail::WaitHistory);
  if (!history) return fail(std::make_error_code(std::errc::not_enough_memory));
  return TcpListener(Internals::state(manager), socket.release(), *local, std::move(history));
}

void TcpListener::tie(const TcpManager& manager) {
  manager_ = Internals::state(manager);
}

Result<TcpConnection> TcpListener::accept(Deadline deadline) {
  if (auto valid = detail::check_handle(handle_, accepting); !valid)
    return std::unexpected(valid.error());
  auto state = detail::make_socket_state();  // beforehand, so that no connection is lost
  if (!state) return std::unexpected(detail::no_memory(accepting, local_));
  detail::Operation operation(*manager_, deadline);
  detail::SkipPace pace;
  for (;;) {
    // Where nothing is queued, Linux makes a socket all the same, and frees it again.
    const bool wait_first = history_->take_slept();
    auto accepted = operation.run(
        handle_, sys::Direction::Read, [&] { return detail::accept_or_skip(handle_); },
        history_.get(), wait_first);
    if (!accepted) return std::unexpected(accepted.error().error(accepting, local_));
    if (accepted->socket.handle().valid()) {
      state->set_peer(accepted->peer);
      return Internals::connection(accepted->socket.release(), std::move(state));
    }
    if (pace.at_once()) continue;
    if (auto paused = operation.pause(pace.next()); !paused)
      return std::unexpected(paused.error().error(accepting, local_));
  }
}

Result<SocketAddr> TcpListener::local_addr() const {
  return detail::local_addr(handle_);
}

NativeHandle TcpListener::native_handle() const noexcept {
  return handle_;
}

NativeHandle TcpListener::release() noexcept {
  return std::exchange(handle_, NativeHandle());
}

}  // namespace mtcp
