#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/fake_resolver.hpp"
#include "support/look_ups.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/small_thread.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<SocketAddr>;

SocketAddr address(std::string_view text) {
  return or_raise(SocketAddr::parse(text));
}

TEST(Resolve, GivesTheAddressesInTheResolversOrderWithThePort) {
  FakeResolver names;
  names.answer("some.test", {address("[::1]:0"), address("127.0.0.3:0"), address("127.0.0.2:0"),
                             address("[fe80::1%1]:0")});
  const auto found = resolve(make_manager(), "some.test", 80, 60s);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(*found, (Addresses{address("[::1]:80"), address("127.0.0.3:80"),
                               address("127.0.0.2:80"), address("[fe80::1%1]:80")}));
}

TEST(Resolve, GivesNoAddressTwice) {
  FakeResolver names;
  const auto one = address("127.0.0.2:0");
  const auto other = address("127.0.0.3:0");
  names.answer("some.test", {one, other, one, one, other});
  EXPECT_EQ(or_raise(resolve(make_manager(), "some.test", 80, 60s)),
            (Addresses{address("127.0.0.2:80"), address("127.0.0.3:80")}));
}

TEST(Resolve, AsksTheSystem) {
  const auto found = resolve(make_manager(), "localhost", 80, 60s);
  ASSERT_TRUE(found) << found.error().message();
  for (const auto& each : *found)
    EXPECT_TRUE(each == SocketAddr::loopback_v4(80) || each == SocketAddr::loopback_v6(80)) << each;
}

TEST(Resolve, NeedsNeitherThreadNorDescriptorForAnAddress) {
  const FakeResolver names;
  const auto manager = make_manager();
  unsigned calls = 0;
  const SystemCallJudge judge([&](const SystemCall&) {
    ++calls;
    return Verdict::pass();
  });
  for (const std::string_view host : {"127.0.0.2", "::1", "fe80::1%1", "::ffff:127.0.0.1"}) {
    const auto found = resolve(manager, host, 80, 0s);
    ASSERT_TRUE(found) << found.error().message();
    ASSERT_EQ(found->size(), 1U);
    const bool is_v6 = host.contains(':');
    EXPECT_EQ(found->front(), address(is_v6 ? "[" + std::string(host) + "]:80" : "127.0.0.2:80"));
  }
  EXPECT_EQ(names.asked_in_all(), 0U);
  EXPECT_EQ(calls, 0U);
}

TEST(Resolve, RefusesHostsThatCannotBe) {
  const FakeResolver names;
  const auto manager = make_manager();
  const auto empty = resolve(manager, "", 80, 60s);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error(), std::errc::invalid_argument);
  EXPECT_TRUE(empty.error().message().ends_with("the host is empty")) << empty.error().message();

  const auto nul = resolve(manager, std::string_view("localhost\0.test", 15), 80, 60s);
  ASSERT_FALSE(nul);
  EXPECT_EQ(nul.error(), std::errc::invalid_argument);
  EXPECT_TRUE(nul.error().message().ends_with("the host has a NUL in it")) << nul.error().message();

  const auto zone = resolve(manager, "fe80::1%no-such-zone", 80, 60s);
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error(), std::errc::no_such_device);
  EXPECT_EQ(names.asked_in_all(), 0U);
}

TEST(Resolve, PutsAddressesInBracketsInMessages) {
  const auto manager = make_manager();
  manager.canceller().cancel();
  const auto message = [&](std::string_view host) {
    return resolve(manager, host, 65535).error().message();
  };
  EXPECT_EQ(message("::1"), "resolve [::1]:65535: cancelled");
  EXPECT_EQ(message("name.test"), "resolve name.test:65535: cancelled");
  const auto overlong = message(std::string(300, 'x'));
  EXPECT_TRUE(overlong.ends_with("xxx...:65535: cancelled")) << overlong;
  const auto odd = message(":" + std::string(300, 'x'));
  EXPECT_TRUE(odd.starts_with("resolve [:xxx")) << odd;
  EXPECT_TRUE(odd.ends_with("xxx...]:65535: cancelled")) << odd;
}

TEST(Resolve, AsksForAnOverlongHostToo) {
  const auto found = resolve(make_manager(), std::string(100'000, 'x'), 80, 60s);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind(), TcpError::Kind::Failed) << found.error().message();
  EXPECT_LT(found.error().message().size(), 300U);
}

TEST(Resolve, FailsAtOnceWithoutDescriptors) {
  FakeResolver names;
  names.answer("some.test", {SocketAddr::loopback_v4()});
  const auto manager = make_manager();
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "eventfd" ? Verdict::fail(EMFILE) : Verdict::pass();
  });
  const auto found = resolve(manager, "some.test", 80, 60s);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), std::errc::too_many_files_open);
  EXPECT_EQ(names.asked_in_all(), 0U);
}

TEST(Resolve, TimesOutWhileTheNameServerIsSilent) {
  FakeResolver names;
  names.answer("silent.test", {SocketAddr::loopback_v4()});
  names.silence("silent.test");
  const auto manager = make_manager();
  const DescriptorGuard guard;  // what is left to itself holds none
  for (const auto timeout : {-1s, 0s}) {
    const auto found = resolve(manager, "silent.test", 80, timeout);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().timed_out()) << found.error().message();
  }
  expect_ends_after(50ms, [&] {
    const auto found = resolve(manager, "silent.test", 80, 50ms);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().message(), "resolve silent.test:80: timed out");
  });
}

TEST(Resolve, IsCancelledWhileTheNameServerIsSilent) {
  FakeResolver names;
  names.answer("silent.test", {SocketAddr::loopback_v4()});
  names.silence("silent.test");
  const auto manager = make_manager();
  const DescriptorGuard guard;
  std::jthread waiting([&] {
    const auto found = resolve(manager, "silent.test", 80);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().cancelled()) << found.error().message();
  });
  names.wait_until_asked("silent.test");
  wait_until_parked(manager);
  manager.canceller().cancel();
  waiting.join();
  EXPECT_EQ(names.under_way(), 1U);
}

TEST(Resolve, AsksNobodyOnceCancelled) {
  FakeResolver names;
  names.answer("some.test", {SocketAddr::loopback_v4()});
  const auto manager = make_manager();
  manager.canceller().cancel();
  for (const std::string_view host : {"some.test", "127.0.0.1", ""}) {
    const auto found = resolve(manager, host, 80);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().cancelled());
  }
  EXPECT_EQ(names.asked_in_all(), 0U);
  manager.restart();
  EXPECT_TRUE(resolve(manager, "some.test", 80, 60s));
}

// The memory is seen by the address sanitizer.
TEST(Resolve, LeavesNothingBehindWhenAnAbandonedLookUpEnds) {
  FakeResolver names;
  names.answer("silent.test", {SocketAddr::loopback_v4(), SocketAddr::loopback_v6()});
  names.deny("broken.test");
  abandon(names, "silent.test");
  abandon(names, "broken.test");
  EXPECT_EQ(names.under_way(), 2U);
  const unsigned with_both = thread_count();
  names.let_go("silent.test");
  names.let_go("broken.test");
  wait_until_threads(with_both - 2);
}

TEST(Resolve, AsksForAtMostSixteenAtOnce) {
  FakeResolver names;
  names.answer("next.test", {SocketAddr::loopback_v4()});
  const FullHouse full(names);
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const unsigned before = thread_count();
  expect_ends_after(50ms, [&] {
    const auto found = resolve(manager, "next.test", 80, 50ms);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().timed_out());
  });
  EXPECT_EQ(names.asked("next.test"), 0U);
  EXPECT_LE(thread_count(), before);
}

TEST(Resolve, ServesThoseThatWaitInTurn) {
  FakeResolver names;
  names.answer("next.test", {SocketAddr::loopback_v4()});
  const FullHouse full(names);
  const auto manager = make_manager();
  EXPECT_FALSE(resolve(manager, "next.test", 80, 1ms));  // which is not asked for any more
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.emplace_back([&] { EXPECT_TRUE(resolve(manager, "next.test", 80, 60s)); });
  wait_until_parked(manager, 3);
  EXPECT_EQ(names.asked("next.test"), 0U);
  names.let_one_go("full.test");
  waiting.clear();
  EXPECT_EQ(names.asked("next.test"), 3U);
}

TEST(Resolve, CancelsThoseThatWaitForTheirTurn) {
  FakeResolver names;
  names.answer("next.test", {SocketAddr::loopback_v4()});
  const FullHouse full(names);
  const auto manager = make_manager();
  std::jthread waiting([&] {
    const auto found = resolve(manager, "next.test", 80);
    ASSERT_FALSE(found);
    EXPECT_TRUE(found.error().cancelled());
  });
  wait_until_parked(manager);
  manager.canceller().cancel();
  waiting.join();
  names.let_go("full.test");
  EXPECT_EQ(names.asked("next.test"), 0U);
}

TEST(StressResolve, ManyThreadsTimeOutCancelAndSucceedAtOnce) {
  FakeResolver names;
  names.answer("some.test", {SocketAddr::loopback_v4()});
  const DescriptorGuard guard;
  const auto manager = make_manager();
  {
    std::vector<std::jthread> asking;
    for (int i = 0; i < 24; ++i)
      asking.emplace_back([&, i] {
        for (int round = 0; round < 100; ++round) {
          const auto found = resolve(manager, "some.test", 80, 20us * ((i + round) % 40));
          EXPECT_TRUE(found || found.error().timed_out() || found.error().cancelled());
        }
      });
    for (int i = 0; i < 50; ++i) {
      std::this_thread::sleep_for(500us);
      manager.canceller().cancel();
      manager.restart();
    }
  }
  EXPECT_TRUE(resolve(manager, "some.test", 80, 60s));
}

}  // namespace
}  // namespace mtcp::test
