#include <array>
#include <atomic>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/everything.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"
#include "support/system_calls.hpp"
#include "support/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// Descriptors open now that exec would hand on, other than `before`.
std::set<int> inheritable(const std::set<int>& before) {
  std::set<int> found;
  for (const int descriptor : open_descriptors())
    if (!before.contains(descriptor) && !(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC))
      found.insert(descriptor);
  return found;
}

// Law 5
TEST(Descriptors, AreAllCloseOnExec) {
  const auto before = open_descriptors();
  Everything everything;
  std::vector<std::jthread> parked_threads;
  for (int i = 0; i < 16; ++i)
    parked_threads.emplace_back([&] { EXPECT_FALSE(everything.child.sleep(Deadline::never())); });
  wait_until_parked(everything.child, 16);
  EXPECT_GE(open_descriptors().size(), before.size() + 8);
  EXPECT_EQ(inheritable(before), std::set<int>());
  everything.manager.canceller().cancel();
}

/// The descriptors that a program started by exec finds open.
std::string seen_after_exec() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/bin/sh", "sh", "-c", "for d in /proc/$$/fd/*; do readlink \"$d\"; done", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  std::string seen;
  std::array<char, 512> part;
  for (ssize_t size; (size = ::read(ends[0], part.data(), part.size())) > 0;)
    seen.append(part.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return seen;
}

// Law 5
TEST(Descriptors, AreNotSeenByProgramsThatAreStarted) {
  const Everything everything;
  const std::string seen = seen_after_exec();
  EXPECT_NE(seen.find("pipe:"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("socket:"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("eventfd"), std::string::npos) << seen;
}

// Law 5: from birth, since another thread may fork and exec between two calls
TEST(Descriptors, AreBornCloseOnExec) {
  std::atomic<int> later{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    later += call.name == "fcntl";
    return Verdict::pass();
  });
  {
    const Everything everything;  // one call of fcntl, which duplicates
  }
  EXPECT_EQ(later, 1);
}

/// Whether `make` fails, with a clear error, while the descriptor table is full, and works
/// afterwards.
template <class Make>
void expect_fails_while_full(const std::string& operation, Make make) {
  {
    const DescriptorLimit limit(DescriptorLimit::leaving(0));
    const auto made = make();
    ASSERT_FALSE(made) << operation;
    EXPECT_EQ(made.error().kind(), TcpError::Kind::Failed);
    EXPECT_EQ(made.error(), std::errc::too_many_files_open) << made.error().message();
    EXPECT_EQ(made.error().message().find(operation), 0U) << made.error().message();
  }
  EXPECT_TRUE(make()) << operation;
}

TEST(Descriptors, AreMissedClearly) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    auto listener = make_listener(manager);
    const auto address = or_raise(listener.local_addr());
    auto pair = make_pair(manager);
    const auto queued = or_raise(TcpStream::connect(manager, address, 60s));
    const DescriptorGuard guard;
    expect_fails_while_full("create a manager", [] { return TcpManager::create(); });
    expect_fails_while_full("create a manager", [&] { return manager.child(); });
    expect_fails_while_full("bind to 127.0.0.1:0",
                            [&] { return TcpListener::bind(manager, "127.0.0.1:0"); });
    expect_fails_while_full("connect to " + address.to_string(),
                            [&] { return TcpStream::connect(manager, address, 60s); });
    expect_fails_while_full("clone connection to", [&] { return pair.client.try_clone(); });
    expect_fails_while_full("accept on", [&] { return listener.accept(60s); });
    return 0;
  });
}

TEST(Descriptors, MayRunOutForTheThreadsOwnManagerOnce) {
  expect_success_in_child([] {
    expect_fails_while_full("create a manager", [] { return TcpManager::instance(); });
    return 0;
  });
}

// Whatever takes no new descriptor goes on when there are none.
TEST(Descriptors, AreNotNeededToReadAndWrite) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    auto pair = make_pair(manager);
    const DescriptorLimit limit(DescriptorLimit::leaving(0));
    std::array<char, 2> bytes;
    EXPECT_TRUE(pair.client.read(bytes, 10ms).error().timed_out());
    EXPECT_TRUE(pair.server.write_all(std::string_view("hi"), 60s));
    EXPECT_TRUE(pair.client.read_exact(bytes, 60s));
    return 0;
  });
}

TEST(Descriptors, AreNotNeededToCancelAndRestart) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const DescriptorLimit limit(DescriptorLimit::leaving(0));
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 8; ++i)
      waiting.emplace_back([&] { EXPECT_TRUE(manager.sleep(Deadline()).error().cancelled()); });
    wait_until_parked(manager, 8);
    EXPECT_TRUE(manager.canceller().cancel());
    waiting.clear();
    EXPECT_TRUE(manager.restart());
    EXPECT_TRUE(manager.sleep(1ms));
    return 0;
  });
}

// Law 5
TEST(Descriptors, MayBeThoseOfClosedStandardStreams) {
  expect_success_in_child([] {
    for (const int standard : {0, 1, 2}) ::close(standard);
    std::array<char, 2> bytes;
    const auto manager = make_manager();
    auto pair = make_pair(manager);
    auto moved = std::move(pair.client);
    auto clone = moved.try_clone();
    if (!clone || int(clone->native_handle()) > 2) return 1;  // the number that the listener had
    const bool talks = clone->write_all(std::string_view("hi"), 60s).has_value() &&
                       pair.server.read_exact(bytes, 60s).has_value();
    return talks && moved.native_handle().valid() ? 0 : 2;
  });
}

}  // namespace
}  // namespace mtcp::test
