#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <mtcp/socket_addr.hpp>

namespace mtcp::detail {

/// The addresses that a connect by name has tried, and why each failed. Has room for all from the
/// start, so that noting one cannot fail.
class Attempts {
 public:
  explicit Attempts(std::size_t most) { failures_.reserve(most); }

  void note(const SocketAddr& address, std::error_code error) noexcept {
    failures_.push_back({address, error});
  }

  /// The first address's error: the one that should have been reached.
  std::error_code first_error() const noexcept { return failures_.front().error; }

  /// " (tried 127.0.0.1:80: Connection refused; ...)", or nothing.
  std::string text() const;

 private:
  struct Failure {
    SocketAddr address;
    std::error_code error;
  };

  std::vector<Failure> failures_;
};

}  // namespace mtcp::detail
