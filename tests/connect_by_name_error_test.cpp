#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/by_name.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/fake_resolver.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

// E01, E03
TEST(ConnectByNameError, NamesEachAddressAndItsErrorWhenNoneAnswers) {
  FakeResolver names;
  const auto manager = make_manager();
  names.answer("name.test", {address_of("127.0.0.2"), address_of("255.255.255.255")});
  names.answer("other.test", {address_of("255.255.255.255"), address_of("127.0.0.2")});
  const DescriptorGuard guard;
  const auto refused = TcpStream::connect(manager, "name.test", closed_port, 60s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(refused.error(), std::errc::connection_refused);
  EXPECT_EQ(refused.error().message(),
            "connect to name.test:1: Connection refused (tried 127.0.0.2:1: Connection refused; "
            "255.255.255.255:1: " +
                in_words(std::errc::network_unreachable) + ")");
  const auto unreachable = TcpStream::connect(manager, "other.test", closed_port, 60s);
  ASSERT_FALSE(unreachable);
  EXPECT_EQ(unreachable.error(), std::errc::network_unreachable) << unreachable.error().message();
  EXPECT_EQ(tried(unreachable.error().message()),
            (std::vector<std::string>{"255.255.255.255:1", "127.0.0.2:1"}));
}

TEST(ConnectByNameError, TellsTheFirstAddressesErrorAlsoWhenThatFailsLast) {
  FakeResolver names;
  const auto manager = make_manager();
  const BlackHole hole(manager);
  names.answer("name.test", {hole.address(), address_of("255.255.255.255")});
  std::atomic<int> first{-1};
  std::atomic<bool> second_has_started{false};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "connect") {
      int none = -1;
      if (!first.compare_exchange_strong(none, call.descriptor)) second_has_started = true;
    }
    if (call.name == "getsockopt" && call.descriptor == first && second_has_started)
      return Verdict::fail(EHOSTUNREACH);
    return Verdict::pass();
  });
  const auto stream = TcpStream::connect(manager, "name.test", hole.address().port(), 2s);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error(), std::errc::host_unreachable) << stream.error().message();
  EXPECT_EQ(
      tried(stream.error().message()),
      (std::vector<std::string>{hole.address().to_string(),
                                address_of("255.255.255.255", hole.address().port()).to_string()}));
}

TEST(ConnectByNameError, TimesOutWhileTheNameServerIsSilent) {
  FakeResolver names;
  names.answer("silent.test", {SocketAddr::loopback_v4()});
  names.silence("silent.test");
  const auto manager = make_manager();
  const DescriptorGuard guard;
  expect_ends_after(50ms, [&] {
    const auto stream = TcpStream::connect(manager, "silent.test", 80, 50ms);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().message(), "connect to silent.test:80: timed out");
  });
}

TEST(ConnectByNameError, HasOneDeadlineForTheNameAndTheAddresses) {
  FakeResolver names;
  const auto manager = make_manager();
  const BlackHole hole(manager);
  names.answer("slow.test", {hole.address()});
  const DescriptorGuard guard;
  expect_once_within(400ms, [&] {
    names.silence("slow.test");
    std::jthread server([&] {
      EXPECT_TRUE(make_manager().sleep(200ms));
      names.let_go("slow.test");
    });
    const auto took = elapsed([&] {
      const auto stream = TcpStream::connect(manager, "slow.test", hole.address().port(), 300ms);
      ASSERT_FALSE(stream);
      EXPECT_TRUE(stream.error().timed_out()) << stream.error().message();
    });
    EXPECT_GE(took, 300ms);
  });
}

// N04
TEST(ConnectByNameError, TimesOutWhileAllAddressesAreSilent) {
  FakeResolver names;
  const auto manager = make_manager();
  const BlackHole hole(manager);
  names.answer("name.test", {address_of("127.0.0.2"), hole.address()});
  const DescriptorGuard guard;
  expect_ends_after(100ms, [&] {
    const auto stream = TcpStream::connect(manager, "name.test", hole.address().port(), 100ms);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().timed_out());
    const std::string port = std::to_string(hole.address().port());
    EXPECT_EQ(stream.error().message(),
              "connect to name.test:" + port + ": timed out (tried 127.0.0.2:" + port +
                  ": Connection refused; 127.0.0.1:" + port + ": timed out)");
  });
}

// C01
TEST(ConnectByNameError, DoesNothingOnceCancelled) {
  FakeResolver names;
  names.answer("name.test", {SocketAddr::loopback_v4()});
  const auto manager = make_manager();
  manager.canceller().cancel();
  std::atomic<unsigned> calls{0};
  const SystemCallJudge judge([&](const SystemCall&) {
    ++calls;
    return Verdict::pass();
  });
  for (const std::string_view host : {"name.test", "127.0.0.1", ""}) {
    const auto stream = TcpStream::connect(manager, host, closed_port);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().cancelled());
  }
  EXPECT_EQ(calls, 0U);
  EXPECT_EQ(names.asked_in_all(), 0U);
}

// C04
TEST(ConnectByNameError, IsCancelledWhileTheNameServerIsSilent) {
  FakeResolver names;
  names.answer("silent.test", {SocketAddr::loopback_v4()});
  names.silence("silent.test");
  const auto manager = make_manager();
  const DescriptorGuard guard;
  std::jthread waiting([&] {
    const auto stream = TcpStream::connect(manager, "silent.test", 80);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().cancelled()) << stream.error().message();
  });
  names.wait_until_asked("silent.test");
  wait_until_parked(manager);
  manager.canceller().cancel();
}

// C04
TEST(ConnectByNameError, IsCancelledWhileItRaces) {
  FakeResolver names;
  HoleThenLive place(names);
  const DescriptorGuard guard;
  const CallCount connects("connect");
  names.answer("name.test", {place.hole.address()});
  std::jthread waiting([&] {
    const auto stream = TcpStream::connect(place.manager, "name.test", place.port);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().cancelled()) << stream.error().message();
    EXPECT_EQ(tried(stream.error().message()).size(), 1U);
  });
  connects.wait_until(1);
  wait_until_parked(place.manager);
  place.manager.canceller().cancel();
}

// F04
TEST(ConnectByNameError, FailsCleanlyWhereverTheSystemFails) {
  FakeResolver names;
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  names.answer("name.test", {address_of("127.0.0.2"), address_of("127.0.0.1")});
  const std::uint16_t port = port_of(listener);
  const unsigned calls = fail_each_call(EMFILE, [&] {
    const auto stream = TcpStream::connect(manager, "name.test", port, 200ms);
    if (!stream) {
      EXPECT_TRUE(stream.error() == std::errc::too_many_files_open ||
                  stream.error() == std::errc::connection_refused || stream.error().timed_out())
          << stream.error().message();
    }
  });
  EXPECT_GE(calls, 8U);
}

TEST(ConnectByNameError, SaysSoWhenThereIsNoDescriptorForAnyAddress) {
  FakeResolver names;
  const auto manager = make_manager();
  names.answer("name.test", {address_of("127.0.0.2"), address_of("127.0.0.3")});
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "socket" ? Verdict::fail(EMFILE) : Verdict::pass();
  });
  const auto stream = TcpStream::connect(manager, "name.test", closed_port, 60s);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error(), std::errc::too_many_files_open);
  const std::string cause = in_words(std::errc::too_many_files_open);
  EXPECT_EQ(stream.error().message(), "connect to name.test:1: " + cause + " (tried 127.0.0.2:1: " +
                                          cause + "; 127.0.0.3:1: " + cause + ")");
}

// More silent addresses than can be waited for at once.
TEST(StressConnectByNameError, TimesOutWithManySilentAddresses) {
  FakeResolver names;
  const auto manager = make_manager();
  auto listener = or_raise(TcpListener::bind(manager, SocketAddr::any_v4(), {.backlog = 0}));
  const std::uint16_t port = port_of(listener);
  const auto queued = TcpStream::connect(manager, address_of("127.0.0.1", port), 60s);
  std::vector<SocketAddr> addresses;
  for (int i = 2; i < 22; ++i) addresses.push_back(address_of("127.0.0." + std::to_string(i)));
  names.answer("name.test", addresses);
  const DescriptorGuard guard;
  const auto took = elapsed([&] {
    const auto stream = TcpStream::connect(manager, "name.test", port, 5s);
    ASSERT_FALSE(stream);
    EXPECT_TRUE(stream.error().timed_out());
    EXPECT_EQ(tried(stream.error().message()).size(), 16U);
  });
  EXPECT_GE(took, 5s);
}

}  // namespace
}  // namespace mtcp::test
