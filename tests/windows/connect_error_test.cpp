#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr auto closed = SocketAddr::loopback_v4(1);

/// Errors that connect() gives at once, for whatever reason.
class ConnectThatFails : public testing::TestWithParam<int> {};

TEST_P(ConnectThatFails, SaysSoAndLeavesNothing) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  int calls = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name != "connect") return Verdict::pass();
    ++calls;
    return Verdict::fail(GetParam());
  });
  const auto error = error_of(TcpStream::connect(manager, closed, 60s));
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc(GetParam())) << error.message();
  EXPECT_EQ(calls, 1);
}

INSTANTIATE_TEST_SUITE_P(AtOnce, ConnectThatFails,
                         testing::Values(EACCES, ENETUNREACH, EHOSTUNREACH, EINVAL, ENOBUFS,
                                         ETIMEDOUT, ECONNREFUSED));

// No packet is ever sent to connect to a group.
TEST(ConnectError, SaysSoWhenThereIsNoWay) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const auto error = error_of(TcpStream::connect(manager, SocketAddr::v4({224, 0, 0, 1}, 1), 60s));
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_TRUE(error == std::errc::network_unreachable || error == std::errc::address_not_available)
      << error.message();
}

TEST(ConnectError, LeavesNothingWhereverTheSystemFails) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  const unsigned calls = fail_each_call(ENOBUFS, [&] {
    const auto stream = TcpStream::connect(manager, address, 60s);
    EXPECT_TRUE(stream || stream.error() == std::errc::no_buffer_space);
  });
  EXPECT_GE(calls, 4U);
}

}  // namespace
}  // namespace mtcp::test
