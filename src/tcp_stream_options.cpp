#include <mtcp/tcp_stream.hpp>

#include "socket_calls.hpp"
#include "sys/socket_options.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;

/// How an option's errors are told.
struct OptionCall {
  OperationName name;
  NativeHandle handle;
  const detail::SocketState* state;

  std::unexpected<TcpError> failure(std::error_code code, const char* reason = nullptr) const {
    return std::unexpected(Internals::failure(code, name, detail::peer_subject(*state), reason));
  }

  template <class T>
  Result<T> get(sys::Expected<T> (*getter)(NativeHandle)) const {
    if (auto valid = detail::check_handle(handle, name); !valid)
      return std::unexpected(valid.error());
    const auto value = getter(handle);
    if (!value) return failure(value.error());
    return *value;
  }

  /// `wrong` says what is wrong with `value`; null: nothing.
  template <class Setter, class T>
  Result<void> set(Setter setter, const T& value, const char* wrong = nullptr) const {
    if (auto valid = detail::check_handle(handle, name); !valid) return valid;
    if (wrong) return failure(std::make_error_code(std::errc::invalid_argument), wrong);
    if (auto error = setter(handle, value)) return failure(error);
    return {};
  }
};

/// Checked before anything is set: what the kernel refuses in the middle would stay half done.
const char* fault(const std::optional<Keepalive>& keepalive) noexcept {
  constexpr std::chrono::seconds least(1);
  constexpr std::chrono::seconds most(32767);  // the narrowest of the systems' ranges: Linux's
  if (!keepalive) return nullptr;
  if (keepalive->idle < least || keepalive->idle > most) return "idle is not from 1 to 32767 s";
  if (keepalive->interval < least || keepalive->interval > most)
    return "interval is not from 1 to 32767 s";
  if (keepalive->count < 1 || keepalive->count > 127) return "count is not from 1 to 127";
  return nullptr;
}

const char* fault(std::optional<std::chrono::seconds> linger) noexcept {
  if (!linger || (linger->count() >= 0 && linger->count() <= 65535)) return nullptr;
  return "linger is not from 0 to 65535 s";
}

}  // namespace

Result<bool> TcpStream::nodelay() const {
  return OptionCall{{"get nodelay", "of connection to"}, handle_, state_.get()}.get(sys::nodelay);
}

Result<void> TcpStream::set_nodelay(bool on) {
  return OptionCall{{"set nodelay", "of connection to"}, handle_, state_.get()}.set(
      sys::set_nodelay, on);
}

Result<std::optional<Keepalive>> TcpStream::keepalive() const {
  return OptionCall{{"get keepalive", "of connection to"}, handle_, state_.get()}.get(
      sys::keepalive);
}

Result<void> TcpStream::set_keepalive(std::optional<Keepalive> keepalive) {
  return OptionCall{{"set keepalive", "of connection to"}, handle_, state_.get()}.set(
      sys::set_keepalive, keepalive, fault(keepalive));
}

Result<std::optional<std::chrono::seconds>> TcpStream::linger() const {
  return OptionCall{{"get linger", "of connection to"}, handle_, state_.get()}.get(sys::linger);
}

Result<void> TcpStream::set_linger(std::optional<std::chrono::seconds> linger) {
  return OptionCall{{"set linger", "of connection to"}, handle_, state_.get()}.set(
      sys::set_linger, linger, fault(linger));
}

Result<int> TcpStream::ttl() const {
  return OptionCall{{"get ttl", "of connection to"}, handle_, state_.get()}.get(sys::ttl);
}

Result<void> TcpStream::set_ttl(int ttl) {
  return OptionCall{{"set ttl", "of connection to"}, handle_, state_.get()}.set(
      sys::set_ttl, ttl, ttl >= 1 && ttl <= 255 ? nullptr : "ttl is not from 1 to 255");
}

Result<std::size_t> TcpStream::receive_buffer_size() const {
  return OptionCall{{"get receive buffer size", "of connection to"}, handle_, state_.get()}.get(
      sys::receive_buffer_size);
}

Result<void> TcpStream::set_receive_buffer_size(std::size_t bytes) {
  return OptionCall{{"set receive buffer size", "of connection to"}, handle_, state_.get()}.set(
      sys::set_receive_buffer_size, bytes);
}

Result<std::size_t> TcpStream::send_buffer_size() const {
  return OptionCall{{"get send buffer size", "of connection to"}, handle_, state_.get()}.get(
      sys::send_buffer_size);
}

Result<void> TcpStream::set_send_buffer_size(std::size_t bytes) {
  return OptionCall{{"set send buffer size", "of connection to"}, handle_, state_.get()}.set(
      sys::set_send_buffer_size, bytes);
}

Result<std::error_code> TcpStream::take_error() {
  const OptionCall call{{"take error", "of connection to"}, handle_, state_.get()};
  if (auto valid = detail::check_handle(handle_, call.name); !valid)
    return std::unexpected(valid.error());
  const auto error = state_->take_error(handle_);
  if (!error) return call.failure(error.error());
  return *error;
}

}  // namespace mtcp
