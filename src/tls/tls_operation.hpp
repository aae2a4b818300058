#pragma once

#include "stream_operation.hpp"
#include "tls/connection.hpp"

namespace mtcp::detail {

/// One call of a user on a TLS connection.
class TlsOperation final : public StreamOperation {
 public:
  TlsOperation(OperationName name, ManagerState& manager, TlsConnection& connection,
               const Timeout& timeout) noexcept
      : StreamOperation(name, manager, timeout), connection_(connection) {}

  /// Until the handshake is done.
  Outcome<sys::Done> shake() noexcept;
  /// Until the farewell of this side has gone and that of the peer has come.
  Outcome<void> close() noexcept;

  /// What the user is told about `stop`.
  std::unexpected<TcpError> failure(const Stop& stop) const noexcept;

 private:
  Outcome<std::size_t> receive_some(std::span<std::byte> buffer,
                                    sys::Receive how) noexcept override;
  Outcome<std::size_t> send_some(std::span<const ConstBytes> pieces,
                                 std::size_t skip) noexcept override;
  std::size_t receivable() noexcept override;

  TlsConnection& connection_;
};

}  // namespace mtcp::detail
