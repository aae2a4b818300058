#pragma once

/// How a send to a broken connection is kept from raising SIGPIPE: by a flag of each send, or by an
/// option of the socket. A system has one of the two.
namespace mtcp::sys {

/// For send(2) and sendmsg(2), of a socket that prevent_sigpipe() was called for.
extern const int send_flags;

/// Called once for each socket; 0, or -1 with errno.
int prevent_sigpipe(int socket) noexcept;

}  // namespace mtcp::sys
