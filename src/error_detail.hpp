#pragma once

#include <string>

namespace mtcp::detail {

/// What an error's message says at its end, beyond what fits into a TcpError. Shared by the copies
/// of the error, so that copying allocates nothing.
class ErrorDetail {
 public:
  virtual ~ErrorDetail() = default;

  /// Follows the cause without a space of its own; may be empty.
  virtual std::string text() const = 0;
};

}  // namespace mtcp::detail
