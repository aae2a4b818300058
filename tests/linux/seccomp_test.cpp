#include "support/linux/seccomp.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <linux/net.h>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/running_server.hpp"

/// System calls that a sandbox refuses, or that an old kernel does not have.
namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// A call that can be done without, by all the ways into it that there are here.
struct Refused {
  std::string_view name;
  std::vector<CallNumber> numbers;
  bool by_old_kernels_only = false;  // others than mtcp take EPERM for the last word
};

constexpr CallNumber socket_number = {SYS_socket, SYS_SOCKET};
constexpr CallNumber socketpair_number = {SYS_socketpair, SYS_SOCKETPAIR};
constexpr CallNumber accept4_number = {SYS_accept4, SYS_ACCEPT4};
constexpr CallNumber sendmsg_number = {SYS_sendmsg, SYS_SENDMSG};

#ifdef SYS_ppoll_time64  // 32-bit systems
const std::vector<CallNumber> ppoll_numbers = {{SYS_ppoll}, {SYS_ppoll_time64}};
#else
const std::vector<CallNumber> ppoll_numbers = {{SYS_ppoll}};
#endif

#ifdef SYS_poll
const std::vector<CallNumber> poll_numbers = {{SYS_poll}};
#else  // poll() is a ppoll
const std::vector<CallNumber> poll_numbers = {};
#endif

/// Sanitizers ask for every thread's stack, and glibc by that for the processors.
constexpr bool under_sanitizer = !std::string_view(MTCP_SANITIZE).empty();

std::vector<Refused> all_refused() {
  std::vector<Refused> all = {
      {"eventfd", {{SYS_eventfd2}}},
      {"accept4", {accept4_number}},
      {"pipe2", {{SYS_pipe2}}},
      {"sendmsg", {sendmsg_number}},
      {"splice", {{SYS_splice}}},
      {"prctl", {{SYS_prctl}}},
      {"getcpu", {{SYS_getcpu}}},
      {"sched_getaffinity", {{SYS_sched_getaffinity}}, under_sanitizer},
      {"sched_yield", {{SYS_sched_yield}}},
      {"getrandom", {{SYS_getrandom}}},
      {"ioctl", {{SYS_ioctl}}},
      {"membarrier", {{SYS_membarrier}}},
      {"clone3", {{SYS_clone3}}, true},
  };
  if (!poll_numbers.empty()) all.push_back({"ppoll", ppoll_numbers});
  return all;
}

void expect_talk(TcpStream& from, TcpStream& to) {
  std::array<char, 5> bytes;
  or_raise(from.write_all({"he"sv, ""sv, "llo"sv}, 60s));
  or_raise(to.read_exact(bytes, 60s));
  EXPECT_EQ(std::string_view(bytes.data(), bytes.size()), "hello");
}

void expect_timeout_and_cancel(const TcpManager& manager, TcpStream& stream) {
  std::array<char, 1> byte;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(error_of(stream.read(byte, 20ms)).timed_out());
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
  {
    const std::jthread canceller([&] {
      wait_until_parked(manager);
      manager.canceller().cancel();
    });
    EXPECT_TRUE(error_of(stream.read(byte, 60s)).cancelled());
  }
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(manager.sleep(1ms));
}

void expect_served(const TcpManager& manager) {
  RunningServer server(make_server(manager, echo));
  auto client = server.connect(manager);
  expect_echo(client);
  server->stop();
  or_raise(client.shutdown(Shutdown::Write));
  EXPECT_EQ(server.report().aborted, 0U);
}

/// Enough for a splice.
void expect_relayed(const TcpManager& manager) {
  constexpr std::size_t size = 2'000'003;
  auto one = make_pair(manager);
  auto other = make_pair(manager);
  const std::jthread relaying(
      [&] { EXPECT_FALSE(relay(one.server, other.client, 60s).a_to_b.error); });
  const std::jthread sending([&] {
    or_raise(one.client.write_all(pattern(size), 60s));
    or_raise(one.client.shutdown(Shutdown::Write));
    or_raise(other.server.shutdown(Shutdown::Write));
  });
  std::vector<std::byte> all;
  EXPECT_EQ(or_raise(other.server.read_to_end(all, size, 60s)), size);
  EXPECT_TRUE(is_pattern(all));
}

void expect_no_sigpipe(const TcpManager& manager) {
  auto pair = make_pair(manager);
  reset(std::move(pair.server));
  std::array<char, 1> byte;
  EXPECT_EQ(error_of(pair.client.read(byte, 60s)), std::errc::connection_reset);
  EXPECT_FALSE(pair.client.write_all({"a"sv, "b"sv}, 60s));
}

/// What a program does with mtcp, leaving no descriptor behind.
void expect_everything_works() {
  const DescriptorGuard guard;
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  expect_talk(client, server);
  expect_talk(server, client);
  expect_timeout_and_cancel(manager, client);
  EXPECT_TRUE(error_of(listener.accept(5ms)).timed_out());
  expect_served(manager);
  expect_relayed(manager);
  expect_no_sigpipe(manager);
}

class Sandbox : public ::testing::TestWithParam<std::tuple<Refused, unsigned>> {};

// W02
TEST_P(Sandbox, IsGoodEnough) {
  const auto& [refused, error] = GetParam();
  if (refused.by_old_kernels_only && error != ENOSYS) return;
  run_without(refused.numbers, error, expect_everything_works);
}

std::string name_of(const ::testing::TestParamInfo<Sandbox::ParamType>& info) {
  const auto& [refused, error] = info.param;
  return std::string(refused.name) + (error == EPERM ? "_forbidden" : "_missing");
}

INSTANTIATE_TEST_SUITE_P(Without, Sandbox,
                         ::testing::Combine(::testing::ValuesIn(all_refused()),
                                            ::testing::Values(ENOSYS, EPERM)),
                         name_of);

/// All of them at once.
class StrictSandbox : public ::testing::TestWithParam<unsigned> {};

TEST_P(StrictSandbox, IsGoodEnough) {
  std::vector<CallNumber> numbers;
  for (const auto& refused : all_refused())
    if (!refused.by_old_kernels_only)
      numbers.insert(numbers.end(), refused.numbers.begin(), refused.numbers.end());
  run_without(numbers, GetParam(), expect_everything_works);
}

INSTANTIATE_TEST_SUITE_P(, StrictSandbox, ::testing::Values(ENOSYS, EPERM));

// What was made before goes on: programs enter their sandbox late.
TEST(Seccomp, MayBeginAtAnyTime) {
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  std::vector<CallNumber> numbers = {{SYS_eventfd2}, {SYS_pipe2}, accept4_number, sendmsg_number};
  if (!poll_numbers.empty())
    numbers.insert(numbers.end(), ppoll_numbers.begin(), ppoll_numbers.end());
  run_without(numbers, EPERM, [&] {
    expect_talk(pair.client, pair.server);
    expect_timeout_and_cancel(manager, pair.client);
    expect_served(manager);
  });
}

// W02
TEST(Seccomp, RefusingEverythingThatWakesIsToldWhenAManagerIsMade) {
  std::vector<CallNumber> numbers = {{SYS_eventfd2}, {SYS_pipe2}, socketpair_number};
#ifdef SYS_pipe
  numbers.push_back({SYS_pipe});
#endif
  run_without(numbers, EPERM, [] {
    const DescriptorGuard guard;
    const auto manager = TcpManager::create();
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error(), std::errc::operation_not_permitted);
    EXPECT_EQ(manager.error().message(), "create a manager: Operation not permitted");
    EXPECT_EQ(TcpManager::instance().error(), std::errc::operation_not_permitted);
  });
}

TEST(Seccomp, RefusingSocketsIsToldByBindAndConnect) {
  const auto manager = or_raise(TcpManager::create());
  const std::array numbers = {socket_number};
  run_without(numbers, EPERM, [&] {
    const DescriptorGuard guard;
    const auto listener = TcpListener::bind(manager, "127.0.0.1:0");
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().message(), "bind to 127.0.0.1:0: Operation not permitted");
    const auto stream = TcpStream::connect(manager, "127.0.0.1:1");
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().message(), "connect to 127.0.0.1:1: Operation not permitted");
  });
}

// W02
TEST(Seccomp, RefusingToWaitIsTold) {
  const auto manager = or_raise(TcpManager::create());
  std::vector<CallNumber> numbers = ppoll_numbers;
  numbers.insert(numbers.end(), poll_numbers.begin(), poll_numbers.end());
  run_without(numbers, ENOSYS, [&] {
    const auto slept = manager.sleep(std::chrono::hours(1));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error(), std::errc::function_not_supported);
  });
}

}  // namespace
}  // namespace mtcp::test
