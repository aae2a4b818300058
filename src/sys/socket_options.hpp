#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>

#include <mtcp/keepalive.hpp>
#include <mtcp/native_handle.hpp>

#include "sys/socket.hpp"

/// Seam A, continued: socket options. Values come checked against what mtcp documents.
namespace mtcp::sys {

std::error_code set_reuse_address(NativeHandle handle, bool on);
std::error_code set_reuse_port(NativeHandle handle, bool on);
std::error_code set_v6_only(NativeHandle handle, bool on);

Expected<bool> nodelay(NativeHandle handle);
std::error_code set_nodelay(NativeHandle handle, bool on);

Expected<std::optional<Keepalive>> keepalive(NativeHandle handle);
std::error_code set_keepalive(NativeHandle handle, const std::optional<Keepalive>& keepalive);

Expected<std::optional<std::chrono::seconds>> linger(NativeHandle handle);
std::error_code set_linger(NativeHandle handle, std::optional<std::chrono::seconds> linger);

Expected<int> ttl(NativeHandle handle);
std::error_code set_ttl(NativeHandle handle, int ttl);

Expected<std::size_t> receive_buffer_size(NativeHandle handle);
std::error_code set_receive_buffer_size(NativeHandle handle, std::size_t bytes);
Expected<std::size_t> send_buffer_size(NativeHandle handle);
std::error_code set_send_buffer_size(NativeHandle handle, std::size_t bytes);

/// SO_ERROR, which is zero afterwards.
Expected<std::error_code> take_error(NativeHandle handle);

}  // namespace mtcp::sys
