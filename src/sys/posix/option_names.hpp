#pragma once

/// Socket options whose names differ from system to system; -1 where there is none, which
/// setsockopt(2) then refuses.
namespace mtcp::sys {

/// Of IPPROTO_TCP, in seconds and a number.
extern const int keepalive_idle_name;
extern const int keepalive_interval_name;
extern const int keepalive_count_name;

/// Of SOL_SOCKET, in seconds.
extern const int linger_name;

}  // namespace mtcp::sys
