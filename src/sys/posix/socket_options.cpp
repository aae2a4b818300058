#include "sys/socket_options.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "sys/posix/error.hpp"
#include "sys/posix/option_names.hpp"
#include "sys/v4_mapped.hpp"

namespace mtcp::sys {

namespace {

/// An option's level and name in getsockopt(2).
struct Option {
  int level;
  int name;
};

constexpr Option time_to_live = {IPPROTO_IP, IP_TTL};
constexpr Option hop_limit = {IPPROTO_IPV6, IPV6_UNICAST_HOPS};

constexpr Option tcp(int name) noexcept {
  return {IPPROTO_TCP, name};
}

template <class T>
Expected<T> get(NativeHandle handle, Option option) {
  T value{};
  socklen_t size = sizeof value;
  if (::getsockopt(int(handle), option.level, option.name, &value, &size) < 0) return failed();
  return value;
}

template <class T>
std::error_code set(NativeHandle handle, Option option, const T& value) {
  return result_of(::setsockopt(int(handle), option.level, option.name, &value, sizeof value));
}

std::error_code set_flag(NativeHandle handle, Option option, bool on) {
  return set(handle, option, on ? 1 : 0);
}

Expected<std::size_t> get_size(NativeHandle handle, int name) {
  const auto size = get<int>(handle, {SOL_SOCKET, name});
  if (!size) return std::unexpected(size.error());
  return static_cast<std::size_t>(*size);
}

std::error_code set_size(NativeHandle handle, int name, std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return set(handle, {SOL_SOCKET, name}, static_cast<int>(std::min(bytes, most)));
}

}  // namespace

std::error_code set_reuse_address(NativeHandle handle, bool on) {
  return set_flag(handle, {SOL_SOCKET, SO_REUSEADDR}, on);
}

std::error_code set_reuse_port(NativeHandle handle, bool on) {
  return set_flag(handle, {SOL_SOCKET, SO_REUSEPORT}, on);
}

std::error_code set_v6_only(NativeHandle handle, bool on) {
  return set_flag(handle, {IPPROTO_IPV6, IPV6_V6ONLY}, on);
}

Expected<bool> nodelay(NativeHandle handle) {
  const auto on = get<int>(handle, {IPPROTO_TCP, TCP_NODELAY});
  if (!on) return std::unexpected(on.error());
  return *on != 0;
}

std::error_code set_nodelay(NativeHandle handle, bool on) {
  return set_flag(handle, {IPPROTO_TCP, TCP_NODELAY}, on);
}

Expected<std::optional<Keepalive>> keepalive(NativeHandle handle) {
  const auto on = get<int>(handle, {SOL_SOCKET, SO_KEEPALIVE});
  if (!on) return std::unexpected(on.error());
  if (*on == 0) return std::nullopt;
  const auto idle = get<int>(handle, tcp(keepalive_idle_name));
  const auto interval = get<int>(handle, tcp(keepalive_interval_name));
  const auto count = get<int>(handle, tcp(keepalive_count_name));
  if (!idle || !interval || !count) return failed();
  return Keepalive{std::chrono::seconds(*idle), std::chrono::seconds(*interval),
                   static_cast<unsigned>(*count)};
}

std::error_code set_keepalive(NativeHandle handle, const std::optional<Keepalive>& keepalive) {
  if (keepalive) {
    const auto seconds = [](std::chrono::seconds s) { return static_cast<int>(s.count()); };
    if (auto error = set(handle, tcp(keepalive_idle_name), seconds(keepalive->idle))) return error;
    if (auto error = set(handle, tcp(keepalive_interval_name), seconds(keepalive->interval)))
      return error;
    if (auto error = set(handle, tcp(keepalive_count_name), static_cast<int>(keepalive->count)))
      return error;
  }
  return set_flag(handle, {SOL_SOCKET, SO_KEEPALIVE}, keepalive.has_value());
}

Expected<std::optional<std::chrono::seconds>> linger(NativeHandle handle) {
  const auto value = get<::linger>(handle, {SOL_SOCKET, linger_name});
  if (!value) return std::unexpected(value.error());
  if (value->l_onoff == 0) return std::nullopt;
  return std::chrono::seconds(value->l_linger);
}

std::error_code set_linger(NativeHandle handle, std::optional<std::chrono::seconds> linger) {
  ::linger value{};
  value.l_onoff = linger ? 1 : 0;
  value.l_linger = linger ? static_cast<int>(linger->count()) : 0;
  return set(handle, {SOL_SOCKET, linger_name}, value);
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
  const auto error = get<int>(handle, {SOL_SOCKET, SO_ERROR});
  if (!error) return std::unexpected(error.error());
  return *error == 0 ? std::error_code() : std::error_code(*error, std::system_category());
}

}  // namespace mtcp::sys
