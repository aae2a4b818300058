#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include <mtcp/socket_addr.hpp>

#include "error_detail.hpp"

namespace mtcp::detail {

/// The addresses that a connect by name has tried, and why each failed. Has room for all from the
/// start, so that noting one cannot fail.
class Attempts final : public ErrorDetail {
 public:
  explicit Attempts(std::size_t most) { failures_.reserve(most); }

  /// `place` is where `address` stands among them: they are told in that order, whichever failed
  /// first.
  void note(std::size_t place, const SocketAddr& address, std::error_code error) noexcept {
    const auto behind = std::ranges::upper_bound(failures_, place, {}, &Failure::place);
    failures_.insert(behind, {place, address, error});
  }

  /// The error of the one that should have been reached, the first.
  std::error_code first_error() const noexcept { return failures_.front().error; }

  /// " (tried 127.0.0.1:80: Connection refused; ...)", or nothing.
  std::string text() const override;

 private:
  struct Failure {
    std::size_t place;
    SocketAddr address;
    std::error_code error;
  };

  std::vector<Failure> failures_;
};

}  // namespace mtcp::detail
