#pragma once

#include <system_error>

#include <mtcp/native_handle.hpp>

#include "sys/socket.hpp"

namespace mtcp::sys {

/// The states of a TCP socket (RFC 9293) that mtcp tells apart.
enum class TcpState { Closed, Listen, Other };

/// An error where the system does not say.
Expected<TcpState> tcp_state(NativeHandle handle) noexcept;

}  // namespace mtcp::sys
