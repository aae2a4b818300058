#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include <mtcp/mtcp.hpp>

#include "support/system_calls.hpp"

namespace mtcp::test {

/// Whether a system call is to be among those that are counted and may fail.
using CallFilter = std::function<bool(const SystemCall&)>;

/// While it lives, the n-th system call that `filter` lets through fails with `error`.
class FailingCall {
 public:
  FailingCall(unsigned n, int error, CallFilter filter = [](const SystemCall&) { return true; });

  /// Whether there was an n-th call.
  bool happened() const { return calls_ >= n_; }

 private:
  std::atomic<unsigned> calls_{0};
  unsigned n_;
  SystemCallJudge judge_;
};

/// Nothing if there is a value.
template <class T>
std::optional<TcpError> error_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error();
}

/// Fails the test unless the error says Failed, this system code, and what was being done.
void expect_clear(const TcpError& error, int code);

}  // namespace mtcp::test
