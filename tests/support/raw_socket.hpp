#pragma once

#include <string_view>

#include <mtcp/mtcp.hpp>

/// What the system says and does about a socket when it is asked directly, without the library.
namespace mtcp::test::raw {

bool is_open(NativeHandle handle);

/// As sockets are that other libraries made.
void make_blocking(NativeHandle handle);

/// Whether bytes, or the end, could be read now.
bool is_readable(const TcpStream& stream);
/// Whether bytes could be written now.
bool is_writable(const TcpStream& stream);

/// Sends `text`, the last byte of it urgently.
void send_urgent(const TcpStream& stream, std::string_view text);
/// Sends one byte if there is room. No SystemCallJudge is asked.
void send_byte(NativeHandle handle);
/// The error that waits at the socket, which is gone then. No SystemCallJudge is asked.
int take_error(NativeHandle handle);

/// Options, as the system has them.
enum class Option {
  Nodelay,
  Keepalive,
  KeepaliveIdle,
  KeepaliveInterval,
  KeepaliveCount,
  Ttl,
  HopLimit,
  ReceiveBuffer,
  SendBuffer,
};
int option(const TcpStream& stream, Option option);

}  // namespace mtcp::test::raw
