#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/child_process.hpp"
#include "support/posix/error_name.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"
#include "sys/posix/address.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr auto closed = SocketAddr::loopback_v4(1);

/// While it lives, acts at the first `count` calls of `name`; counts them all.
class Judging {
 public:
  Judging(std::string_view name, int count, SystemCallJudge::Judge act)
      : judge_([this, name, count, act = std::move(act)](const SystemCall& call) {
          if (call.name != name) return Verdict::pass();
          return ++calls_ <= count ? act(call) : Verdict::pass();
        }) {}

  int calls() const { return calls_; }

 private:
  std::atomic<int> calls_{0};
  SystemCallJudge judge_;
};

Verdict fail_as_unavailable(const SystemCall&) {
  return Verdict::fail(EADDRNOTAVAIL);
}

// N09
TEST(ConnectError, TriesAgainWhenForAMomentThereIsNoLocalAddress) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const Judging judging("connect", 2, fail_as_unavailable);
  const auto stream = TcpStream::connect(manager, or_raise(listener.local_addr()), 60s);
  EXPECT_TRUE(stream) << stream.error().message();
  EXPECT_EQ(judging.calls(), 3);
}

// N09
TEST(ConnectError, GivesUpWhenThereIsNoLocalAddressForGood) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const Judging judging("connect", 1000, fail_as_unavailable);
  const auto stream = TcpStream::connect(manager, closed);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error(), std::errc::address_not_available);
  EXPECT_EQ(stream.error().message(),
            "connect to 127.0.0.1:1: " + in_words(std::errc::address_not_available));
  EXPECT_LE(judging.calls(), 10);
}

/// What a signal does to connect(): the call fails, the connection goes on.
SystemCallJudge::Judge interrupt_connect_to(const SocketAddr& address) {
  return [address](const SystemCall& call) {
    const sys::NativeAddress native(address);
    ::syscall(SYS_connect, call.descriptor, native.get(), native.size());
    return Verdict::fail(EINTR);
  };
}

// N21
TEST(ConnectError, WaitsOnWhenConnectIsInterrupted) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  const Judging judging("connect", 1, interrupt_connect_to(address));
  const auto stream = TcpStream::connect(manager, address, 60s);
  EXPECT_TRUE(stream) << stream.error().message();
  EXPECT_TRUE(listener.accept(60s));
  EXPECT_EQ(judging.calls(), 1);
}

// N21
TEST(ConnectError, SaysWhatBecameOfAnInterruptedConnect) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  {
    const Judging judging("connect", 1, interrupt_connect_to(closed));
    EXPECT_EQ(TcpStream::connect(manager, closed, 60s).error(), std::errc::connection_refused);
  }
  const Judging judging("connect", 1, interrupt_connect_to(hole.address()));
  EXPECT_TRUE(TcpStream::connect(manager, hole.address(), 50ms).error().timed_out());
  EXPECT_EQ(judging.calls(), 1);
}

// N21
TEST(ConnectError, IsNotStretchedBySignals) {
  expect_success_in_child([] {
    struct sigaction nothing = {};
    nothing.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &nothing, nullptr);
    const auto manager = make_manager();
    const BlackHole hole(manager);
    const auto connecting = ::pthread_self();
    const std::jthread disturbing([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        ::pthread_kill(connecting, SIGUSR1);
        std::this_thread::sleep_for(1ms);
      }
    });
    expect_ends_after(100ms, [&] {
      EXPECT_TRUE(TcpStream::connect(manager, hole.address(), 100ms).error().timed_out());
    });
    return 0;
  });
}

// N18: the system says an error once. Whoever else was told, a failure does not become a success,
// and nobody waits for what has happened already.
TEST(ConnectError, SucceedsNeitherNorHangsWhenTheErrorIsGone) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  std::atomic<int> taken{0};
  const Judging judging("getsockopt", 1, [&](const SystemCall& call) {
    taken = raw::take_error(call.descriptor);
    return Verdict::pass();
  });
  expect_prompt([&] {
    const auto stream = TcpStream::connect(manager, closed, 1s);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind(), TcpError::Kind::Failed) << stream.error().message();
  });
  EXPECT_EQ(taken, ECONNREFUSED);
}

// The same for a connect that was interrupted before it had begun.
TEST(ConnectError, NeitherHangsNorSpinsWhenNothingWasBegun) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const Judging judging("connect", 1, [](const SystemCall&) { return Verdict::fail(EINTR); });
  const auto used = processor_time([&] {
    const auto stream = TcpStream::connect(manager, closed, 300ms);
    EXPECT_FALSE(stream);
  });
  EXPECT_LT(used, 100ms);
}

// N18
TEST(ConnectError, SaysTheErrorThatTheSystemSaysOnlyOnce) {
  const auto manager = make_manager();
  int looks = 0;
  const Judging judging("getsockopt", 1000, [&](const SystemCall&) {
    ++looks;
    return Verdict::pass();
  });
  EXPECT_EQ(TcpStream::connect(manager, closed, 60s).error(), std::errc::connection_refused);
  EXPECT_EQ(looks, 1);
}

// E02
TEST(ConnectError, DoesNotTakeTheKernelsTimeoutForTheCallers) {
  const auto manager = make_manager();
  const BlackHole hole(manager);
  const Judging judging("connect", 1, [](const SystemCall& call) {
    const int milliseconds = 1;
    ::syscall(SYS_setsockopt, call.descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
              sizeof milliseconds);
    return Verdict::pass();
  });
  const auto stream = TcpStream::connect(manager, hole.address(), 60s);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind(), TcpError::Kind::Failed);
  EXPECT_FALSE(stream.error().timed_out());
  EXPECT_EQ(stream.error().code(), std::error_code(ETIMEDOUT, std::system_category()));
  EXPECT_EQ(stream.error(), std::errc::timed_out);
}

/// Errors that connect() gives at once, for whatever reason.
class ConnectThatFails : public testing::TestWithParam<int> {};

TEST_P(ConnectThatFails, SaysSoAndLeavesNothing) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const Judging judging("connect", 1, [](const SystemCall&) { return Verdict::fail(GetParam()); });
  const auto stream = TcpStream::connect(manager, closed);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(stream.error().code(), std::error_code(GetParam(), std::system_category()));
  EXPECT_EQ(judging.calls(), 1);
}

INSTANTIATE_TEST_SUITE_P(AtOnce, ConnectThatFails,
                         testing::Values(EACCES, EPERM, ENETUNREACH, EHOSTUNREACH, EINVAL,
                                         EAFNOSUPPORT, ENOBUFS, ETIMEDOUT, ECONNREFUSED),
                         [](const auto& each) { return error_name(each.param); });

}  // namespace
}  // namespace mtcp::test
