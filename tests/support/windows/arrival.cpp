#include "support/arrival.hpp"

#include <optional>
#include <system_error>
#include <vector>

#include "sys/windows/winsock.hpp"
// After the sockets' headers.
#include <iphlpapi.h>

namespace mtcp::test {

namespace {

std::size_t readable_bytes(const TcpStream& stream) {
  u_long count = 0;
  const auto socket = static_cast<std::uintptr_t>(stream.native_handle());
  ::ioctlsocket(socket, static_cast<long>(FIONREAD), &count);
  return count;
}

/// The system's table of connections over one version of IP.
template <class Table>
std::vector<std::byte> table_of(ULONG family) {
  std::vector<std::byte> table(sizeof(Table));
  for (;;) {
    auto size = static_cast<DWORD>(table.size());
    const DWORD error =
        ::GetExtendedTcpTable(table.data(), &size, FALSE, family, TCP_TABLE_BASIC_ALL, 0);
    if (error == NO_ERROR) return table;
    if (error != ERROR_INSUFFICIENT_BUFFER)
      throw std::system_error(static_cast<int>(error), std::system_category(), "table of TCP");
    table.resize(size + 4096);
  }
}

DWORD state_in(const MIB_TCPROW& row) {
  return row.dwState;
}

DWORD state_in(const MIB_TCP6ROW& row) {
  return static_cast<DWORD>(row.State);
}

template <class Table>
std::optional<DWORD> state_in(ULONG family, std::uint16_t local, std::uint16_t remote) {
  const auto bytes = table_of<Table>(family);
  const auto* table = reinterpret_cast<const Table*>(bytes.data());
  for (DWORD i = 0; i < table->dwNumEntries; ++i) {
    const auto& row = table->table[i];
    if (::ntohs(static_cast<u_short>(row.dwLocalPort)) == local &&
        ::ntohs(static_cast<u_short>(row.dwRemotePort)) == remote)
      return state_in(row);
  }
  return std::nullopt;
}

/// Nothing for a connection that the system has forgotten.
std::optional<DWORD> state_of(const TcpStream& stream) {
  const auto local = or_raise(stream.local_addr()).port();
  const auto peer = or_raise(stream.peer_addr()).port();
  if (const auto state = state_in<MIB_TCPTABLE>(AF_INET, local, peer)) return state;
  return state_in<MIB_TCP6TABLE>(AF_INET6, local, peer);
}

bool is_over(const TcpStream& stream) {
  const auto state = state_of(stream);
  return !state || *state == MIB_TCP_STATE_CLOSED || *state == MIB_TCP_STATE_TIME_WAIT;
}

}  // namespace

void await_bytes(const TcpStream& stream, std::size_t count) {
  await("bytes", [&] { return readable_bytes(stream) >= count; });
}

void await_end(const TcpStream& stream) {
  await("the end", [&] {
    const auto state = state_of(stream);
    return is_over(stream) || *state == MIB_TCP_STATE_CLOSE_WAIT ||
           *state == MIB_TCP_STATE_LAST_ACK || *state == MIB_TCP_STATE_CLOSING;
  });
}

void await_reset(const TcpStream& stream) {
  await("a reset", [&] { return is_over(stream); });
}

void await_delivery(const TcpStream&) {
  // Windows does not tell; over loopback it is there when a write returns.
}

void await_taken(const TcpStream& from, const TcpStream& to) {
  await_delivery(from);
  await("a reader", [&] { return readable_bytes(to) == 0; });
}

}  // namespace mtcp::test
