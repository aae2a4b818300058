#pragma once

#include <stdexcept>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// The error in `result`; a result that is none fails the test by an exception.
template <class T>
TcpError error_of(const Result<T>& result) {
  if (result) throw std::logic_error("an operation succeeded that was to fail");
  return result.error();
}

}  // namespace mtcp::test
