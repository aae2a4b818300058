#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <mtcp/native_handle.hpp>
#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_canceller.hpp>
#include <mtcp/tcp_connection.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_manager.hpp>
#include <mtcp/tcp_stream.hpp>
#include <mtcp/timeout.hpp>

namespace mtcp::detail {

class ErrorDetail;
class ManagerState;
class SocketState;

/// How an error's message begins: "read" "from".
struct OperationName {
  const char* verb;
  const char* link;
};

/// What an error's message is about: an address, a descriptor or quoted text.
class Subject {
 public:
  Subject() noexcept = default;
  Subject(const SocketAddr& address) noexcept;
  static Subject descriptor(NativeHandle handle) noexcept;
  static Subject number(int number) noexcept;
  static Subject quoted(std::string_view text) noexcept;
  static Subject host(std::string_view host, std::uint16_t port) noexcept;

  const char* text() const noexcept { return text_.data(); }

  static constexpr std::size_t capacity = 80;

 private:
  /// Puts printable text from `begin` on, cut short so that it ends at `end`; returns where it
  /// ends.
  std::size_t put(std::size_t begin, std::string_view text, std::size_t end) noexcept;

  std::array<char, capacity> text_{};
};

/// The only way from the library's sources to the private parts of its public classes.
struct Internals {
  static TcpError error(TcpError::Kind kind, OperationName operation, const Subject& subject,
                        std::size_t transferred = 0) noexcept;
  static TcpError failure(std::error_code code, OperationName operation, const Subject& subject,
                          const char* reason = nullptr, std::size_t transferred = 0) noexcept;
  /// The same error as told by the operation that stands above the one that failed.
  static TcpError renamed(TcpError error, OperationName operation,
                          std::size_t transferred) noexcept;
  static TcpError with_detail(TcpError error, std::shared_ptr<const ErrorDetail> detail) noexcept;

  static std::optional<std::chrono::nanoseconds> total(const Timeout& t) noexcept {
    return t.total_;
  }
  using Pace = Timeout::Pace;
  static std::optional<Pace> pace(const Timeout& t) noexcept { return t.pace_; }
  static Deadline deadline(const Timeout& t) noexcept { return t.deadline_; }

  static const std::shared_ptr<ManagerState>& state(const TcpManager& manager) noexcept {
    return manager.state_;
  }
  static TcpManager manager(std::shared_ptr<ManagerState> state) noexcept {
    return TcpManager(std::move(state));
  }
  static TcpCanceller canceller(std::shared_ptr<ManagerState> state) noexcept {
    return TcpCanceller(std::move(state));
  }

  static TcpConnection connection(NativeHandle handle,
                                  std::shared_ptr<SocketState> state) noexcept {
    return TcpConnection(handle, std::move(state));
  }
  static const std::shared_ptr<SocketState>& state(const TcpConnection& connection) noexcept {
    return connection.state_;
  }
  static const std::shared_ptr<SocketState>& state(const TcpStream& stream) noexcept {
    return stream.state_;
  }
  static const std::shared_ptr<ManagerState>& manager_of(const TcpStream& stream) noexcept {
    return stream.manager_;
  }
};

/// What an error says of a count that `std::size_t` may be too small for: a relay is endless.
inline std::size_t saturated(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(std::min(bytes, most));
}

/// What every operation of a moved-from object says.
inline std::error_code no_object() noexcept {
  return std::make_error_code(std::errc::bad_file_descriptor);
}

}  // namespace mtcp::detail
