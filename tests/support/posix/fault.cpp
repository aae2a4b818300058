#include "support/posix/fault.hpp"

#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace mtcp::test {

FailingCall::FailingCall(unsigned n, int error, CallFilter filter)
    : n_(n), judge_([this, error, filter = std::move(filter)](const SystemCall& call) {
        return filter(call) && ++calls_ == n_ ? Verdict::fail(error) : Verdict::pass();
      }) {}

void expect_clear(const TcpError& error, int code) {
  const std::string message = error.message();
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed) << message;
  EXPECT_EQ(error.code(), std::error_code(code, std::system_category())) << message;
  const auto colon = message.find(": ");
  ASSERT_NE(colon, std::string::npos) << message;
  EXPECT_GE(colon, 4U) << message;
  EXPECT_EQ(message.find(std::strerror(code), colon), colon + 2) << message;
}

}  // namespace mtcp::test
