#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

#include <mtcp/mtcp.hpp>

#include "sys/error.hpp"

namespace mtcp::test {

/// The error in `result`; a result that is none fails the test by an exception.
template <class T>
TcpError error_of(const Result<T>& result) {
  if (result) throw std::logic_error("an operation succeeded that was to fail");
  return result.error();
}

/// How this system words a cause; no two C libraries do it alike.
inline std::string in_words(std::errc cause) {
  return sys::make_error(cause).message();
}

}  // namespace mtcp::test
