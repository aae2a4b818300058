#include "sys/socket_options.hpp"

#include <algorithm>
#include <limits>

#include "sys/v4_mapped.hpp"
#include "sys/windows/error.hpp"
// After the sockets' headers.
#include <mstcpip.h>

namespace mtcp::sys {

namespace {

/// An option's level and name in getsockopt().
struct Option {
  int level;
  int name;
};

// Windows 10, 1709; the headers' names for them depend on their age.
constexpr Option keepalive_idle = {IPPROTO_TCP, 3};
constexpr Option keepalive_count = {IPPROTO_TCP, 16};
constexpr Option keepalive_interval = {IPPROTO_TCP, 17};
constexpr Option time_to_live = {IPPROTO_IP, IP_TTL};
constexpr Option hop_limit = {IPPROTO_IPV6, IPV6_UNICAST_HOPS};

template <class T>
Expected<T> get(NativeHandle handle, Option option) {
  T value{};  // of some options, only the first byte is written
  int size = sizeof value;
  if (::getsockopt(socket_of(handle), option.level, option.name, reinterpret_cast<char*>(&value),
                   &size) == SOCKET_ERROR)
    return failed();
  return value;
}

template <class T>
std::error_code set(NativeHandle handle, Option option, const T& value) {
  return result_of(::setsockopt(socket_of(handle), option.level, option.name,
                                reinterpret_cast<const char*>(&value), sizeof value));
}

std::error_code set_flag(NativeHandle handle, Option option, bool on) {
  return set(handle, option, BOOL{on});
}

Expected<std::size_t> get_size(NativeHandle handle, int name) {
  const auto size = get<int>(handle, {SOL_SOCKET, name});
  if (!size) return std::unexpected(size.error());
  return static_cast<std::size_t>(*size);
}

/// Never nothing: without a buffer, Windows would have a send wait until all of it has arrived.
std::error_code set_size(NativeHandle handle, int name, std::size_t bytes) {
  constexpr std::size_t least = 4096;
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return set(handle, {SOL_SOCKET, name}, static_cast<int>(std::clamp(bytes, least, most)));
}

/// The way of older systems, on which the count is fixed.
std::error_code set_keepalive_times(NativeHandle handle, const Keepalive& keepalive) {
  const auto milliseconds = [](std::chrono::milliseconds d) {
    return static_cast<ULONG>(d.count());
  };
  tcp_keepalive value{1, milliseconds(keepalive.idle), milliseconds(keepalive.interval)};
  DWORD size = 0;
  return result_of(::WSAIoctl(socket_of(handle), SIO_KEEPALIVE_VALS, &value, sizeof value, nullptr,
                              0, &size, nullptr, nullptr));
}

}  // namespace

// SO_REUSEADDR of Windows lets other programs take the port; what it does elsewhere, a port can be
// bound anyway whose connections of yesterday linger.
std::error_code set_reuse_address(NativeHandle handle, bool) {
  return set_flag(handle, {SOL_SOCKET, SO_EXCLUSIVEADDRUSE}, true);
}

std::error_code set_reuse_port(NativeHandle, bool on) {
  return on ? make_error(std::errc::operation_not_supported) : std::error_code();
}

std::error_code set_v6_only(NativeHandle handle, bool on) {
  return set_flag(handle, {IPPROTO_IPV6, IPV6_V6ONLY}, on);
}

Expected<bool> nodelay(NativeHandle handle) {
  const auto on = get<BOOL>(handle, {IPPROTO_TCP, TCP_NODELAY});
  if (!on) return std::unexpected(on.error());
  return *on != 0;
}

std::error_code set_nodelay(NativeHandle handle, bool on) {
  return set_flag(handle, {IPPROTO_TCP, TCP_NODELAY}, on);
}

Expected<std::optional<Keepalive>> keepalive(NativeHandle handle) {
  const auto on = get<BOOL>(handle, {SOL_SOCKET, SO_KEEPALIVE});
  if (!on) return std::unexpected(on.error());
  if (*on == 0) return std::nullopt;
  const auto idle = get<DWORD>(handle, keepalive_idle);
  const auto interval = get<DWORD>(handle, keepalive_interval);
  const auto count = get<DWORD>(handle, keepalive_count);
  if (!idle || !interval || !count) return failed();
  return Keepalive{std::chrono::seconds(*idle), std::chrono::seconds(*interval), *count};
}

std::error_code set_keepalive(NativeHandle handle, const std::optional<Keepalive>& keepalive) {
  if (keepalive) {
    const auto seconds = [](std::chrono::seconds s) { return static_cast<DWORD>(s.count()); };
    auto error = set(handle, keepalive_idle, seconds(keepalive->idle));
    if (error == std::errc::no_protocol_option) return set_keepalive_times(handle, *keepalive);
    if (!error) error = set(handle, keepalive_interval, seconds(keepalive->interval));
    if (!error) error = set(handle, keepalive_count, DWORD{keepalive->count});
    if (error) return error;
  }
  return set_flag(handle, {SOL_SOCKET, SO_KEEPALIVE}, keepalive.has_value());
}

Expected<std::optional<std::chrono::seconds>> linger(NativeHandle handle) {
  const auto value = get<::linger>(handle, {SOL_SOCKET, SO_LINGER});
  if (!value) return std::unexpected(value.error());
  if (value->l_onoff == 0) return std::nullopt;
  return std::chrono::seconds(value->l_linger);
}

std::error_code set_linger(NativeHandle handle, std::optional<std::chrono::seconds> linger) {
  constexpr std::chrono::seconds most(std::numeric_limits<u_short>::max());
  ::linger value{};
  value.l_onoff = linger ? 1 : 0;
  value.l_linger = linger ? static_cast<u_short>(std::min(*linger, most).count()) : u_short{0};
  return set(handle, {SOL_SOCKET, SO_LINGER}, value);
}

Expected<int> ttl(NativeHandle handle) {
  const auto v6 = sends_v6(handle);
  if (!v6) return std::unexpected(v6.error());
  return get<int>(handle, *v6 ? hop_limit : time_to_live);
}

std::error_code set_ttl(NativeHandle handle, int ttl) {
  const auto v6 = sends_v6(handle);
  if (!v6) return v6.error();
  return set(handle, *v6 ? hop_limit : time_to_live, ttl);
}

Expected<std::size_t> receive_buffer_size(NativeHandle handle) {
  return get_size(handle, SO_RCVBUF);
}

std::error_code set_receive_buffer_size(NativeHandle handle, std::size_t bytes) {
  return set_size(handle, SO_RCVBUF, bytes);
}

Expected<std::size_t> send_buffer_size(NativeHandle handle) {
  return get_size(handle, SO_SNDBUF);
}

std::error_code set_send_buffer_size(NativeHandle handle, std::size_t bytes) {
  return set_size(handle, SO_SNDBUF, bytes);
}

Expected<std::error_code> take_error(NativeHandle handle) {
  const auto error = get<DWORD>(handle, {SOL_SOCKET, SO_ERROR});
  if (!error) return std::unexpected(error.error());
  return *error == 0 ? std::error_code() : windows_error(*error);
}

}  // namespace mtcp::sys
