#pragma once

#include <cstddef>
#include <functional>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// Each returns when the kernel has it for `stream`, without taking it and without asking the
/// library; each fails the test after a minute.

/// At least `count` bytes can be read.
void await_bytes(const TcpStream& stream, std::size_t count);
/// The peer has ended its half, or reset the connection.
void await_end(const TcpStream& stream);
/// The connection is over: the peer has reset it, or both halves have ended.
void await_reset(const TcpStream& stream);
/// What was written has arrived at the peer, as far as the system tells.
void await_delivery(const TcpStream& stream);
/// All that `from` has written was read from `to`, its peer.
void await_taken(const TcpStream& from, const TcpStream& to);

/// Returns when `there` says so, asking it again and again; fails the test after a minute.
void await(const char* what, const std::function<bool()>& there);

}  // namespace mtcp::test
