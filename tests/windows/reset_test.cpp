#include <array>
#include <cerrno>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class Look : public Connected {
 protected:
  /// What a read says when the driver can not be asked whether the connection was reset.
  TcpError error_without_a_look() {
    const SystemCallJudge judge([](const SystemCall& call) {
      return call.name == "ppoll" ? Verdict::fail(ENOBUFS) : Verdict::pass();
    });
    return error_of(client_.read(buffer_, 0s));
  }

  std::array<char, 8> buffer_{};
};

TEST_F(Look, ThatFailsAtTheEndIsNotTakenForAReset) {
  ASSERT_TRUE(server_.shutdown(Shutdown::Write));
  await_end(client_);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(error_without_a_look(), std::errc::no_buffer_space);
  EXPECT_EQ(or_raise(client_.read(buffer_, 60s)), 0U);
  give(client_, "works");
  EXPECT_EQ(take(server_, 5), "works");
}

TEST_F(Look, ThatFailsDoesNotHideAReset) {
  give(client_, "unread");
  ASSERT_TRUE(server_.shutdown(Shutdown::Write));
  await_end(client_);
  reset(std::move(server_));
  await_reset(client_);
  static_cast<void>(error_without_a_look());
  EXPECT_EQ(error_of(client_.read(buffer_, 60s)), std::errc::connection_reset);
}

}  // namespace
}  // namespace mtcp::test
