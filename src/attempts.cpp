#include "attempts.hpp"

#include "address_text.hpp"

namespace mtcp::detail {

std::string Attempts::text() const {
  std::string text;
  for (const Failure& failure : failures_) {
    text.append(text.empty() ? " (tried " : "; ");
    text.append(AddressText(failure.address).view()).append(": ").append(failure.error.message());
  }
  if (!text.empty()) text.append(")");
  return text;
}

}  // namespace mtcp::detail
