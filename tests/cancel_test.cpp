#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/blocking_operation.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

const std::vector<std::byte> much = pattern(1 << 20);  // does not fit where little does

template <class T>
bool was_cancelled(const Result<T>& result) {
  return !result && result.error().cancelled();
}

class Cancel : public Connected {
 protected:
  /// Runs `operation` in another thread; returns when it waits.
  template <class F>
  auto parked(F operation, unsigned count = 1) {
    auto pending = std::async(std::launch::async, operation);
    wait_until_parked(manager_, count);
    return pending;
  }

  std::array<char, 100> buffer_{};
  TcpCanceller canceller_ = manager_.canceller();
};

TEST_F(Cancel, IsLookedAtBeforeAnySystemCall) {  // C01: no socket, no SYN, no try
  for (const OperationKind& kind : all_operations()) {
    SCOPED_TRACE(kind.name);
    const auto operation = kind.make(manager_, Obstacle::Absent);
    canceller_.cancel();
    std::atomic<int> calls{0};
    {
      const SystemCallJudge judge([&](const SystemCall& call) {
        if (call.name != "getsockname") ++calls;  // how the test asks where to connect to
        return Verdict::pass();
      });
      EXPECT_TRUE(was_cancelled(operation->run()));
    }
    EXPECT_EQ(calls, 0);
    manager_.restart();
  }
}

TEST_F(Cancel, IsLookedAtBeforeEmptyBuffersToo) {  // C01, C05
  canceller_.cancel();
  std::string text;
  EXPECT_TRUE(was_cancelled(client_.read(MutableBytes())));
  EXPECT_TRUE(was_cancelled(client_.peek(MutableBytes())));
  EXPECT_TRUE(was_cancelled(client_.read_exact(MutableBytes())));
  EXPECT_TRUE(was_cancelled(client_.read_to_end(text, 0)));
  EXPECT_TRUE(
      was_cancelled(client_.read_all(text, {.limit = 0}, [](std::string_view) { return true; })));
  EXPECT_TRUE(was_cancelled(client_.write(""sv)));
  EXPECT_TRUE(was_cancelled(client_.write_all(""sv)));
  EXPECT_TRUE(was_cancelled(client_.write_all({""sv, ""sv})));
  EXPECT_TRUE(was_cancelled(client_.write_all(std::span<const ConstBytes>())));
  manager_.restart();
  EXPECT_EQ(or_raise(client_.read(MutableBytes())), 0U);
  or_raise(client_.write_all(""sv));
}

TEST_F(Cancel, WinsOverWhatIsReadyAndLosesNothingOfIt) {  // C02
  give(client_, "waiting");
  await_bytes(server_, 7);
  canceller_.cancel();
  std::string text = "kept";
  const auto any = [](std::string_view) { return true; };
  EXPECT_TRUE(was_cancelled(server_.read(buffer_)));
  EXPECT_TRUE(was_cancelled(server_.peek(buffer_)));
  EXPECT_TRUE(was_cancelled(server_.read_exact(std::span(buffer_).first(7))));
  EXPECT_TRUE(was_cancelled(server_.read_to_end(text, 100)));
  EXPECT_TRUE(was_cancelled(server_.read_all(text, {}, any)));
  EXPECT_TRUE(was_cancelled(manager_.wait_readable(server_.native_handle())));
  EXPECT_EQ(text, "kept");
  manager_.restart();
  EXPECT_EQ(take(server_, 7), "waiting");
}

TEST_F(Cancel, LeavesAQueuedConnectionInTheQueue) {
  auto listener = make_listener(manager_);
  const auto outside = make_manager();
  const auto early = or_raise(TcpStream::connect(outside, or_raise(listener.local_addr())));
  canceller_.cancel();
  const auto late = or_raise(TcpStream::connect(outside, or_raise(listener.local_addr())));
  EXPECT_TRUE(was_cancelled(listener.accept()));
  manager_.restart();
  EXPECT_EQ(or_raise(or_raise(listener.accept(60s)).peer_addr()), or_raise(early.local_addr()));
  EXPECT_EQ(or_raise(or_raise(listener.accept(60s)).peer_addr()), or_raise(late.local_addr()));
}

TEST_F(Cancel, EndsEveryWaitPromptly) {  // C03, C04, C05
  for (const OperationKind& kind : all_operations()) {
    SCOPED_TRACE(kind.name);
    const DescriptorGuard descriptors;
    const auto operation = kind.make(manager_, Obstacle::Present);
    Result<void> outcome;
    expect_prompt([&] {
      auto pending = parked([&] { return operation->run(); });
      canceller_.cancel();
      outcome = pending.get();
      EXPECT_TRUE(was_cancelled(outcome));
      EXPECT_TRUE(manager_.restart());
    });
    operation->let_go();
    operation->finish(outcome);
  }
}

TEST_F(Cancel, LeavesInTheBufferWhatWasReadAndCountsIt) {  // C08
  give(client_, std::string(60, 'x'));
  await_bytes(server_, 60);
  auto pending = parked([&] { return server_.read_exact(buffer_); });
  canceller_.cancel();
  EXPECT_EQ(error_of(pending.get()).transferred(), 60U);
  EXPECT_EQ(std::ranges::count(buffer_, 'x'), 60);
  EXPECT_EQ(std::ranges::count(buffer_, '\0'), 40);
}

TEST_F(Cancel, DoesNotTouchTheBufferLater) {  // C38
  auto pending = parked([&] { return server_.read(buffer_); });
  canceller_.cancel();
  EXPECT_TRUE(was_cancelled(pending.get()));
  buffer_.fill('m');  // mine again: with the thread sanitizer this is the test
  client_.tie(make_manager());
  give(client_, "late");
  EXPECT_EQ(std::ranges::count(buffer_, 'm'), 100);
  manager_.restart();
  EXPECT_EQ(take(server_, 4), "late");
}

TEST_F(Cancel, OfAConnectLeavesNoGhost) {  // C13: the queue has room again when it is over
  auto listener = make_listener(manager_, {.backlog = 0});
  const auto address = or_raise(listener.local_addr());
  const auto queued = or_raise(TcpStream::connect(manager_, address));
  auto pending = parked([&] { return TcpStream::connect(manager_, address); });
  canceller_.cancel();
  EXPECT_TRUE(was_cancelled(pending.get()));
  manager_.restart();
  const auto first = or_raise(listener.accept(60s));
  EXPECT_EQ(or_raise(first.peer_addr()), or_raise(queued.local_addr()));
  const auto next = or_raise(TcpStream::connect(manager_, address, 60s));
  const auto second = or_raise(listener.accept(60s));
  EXPECT_EQ(or_raise(second.peer_addr()), or_raise(next.local_addr()));
  EXPECT_TRUE(error_of(listener.accept(0s)).timed_out());
}

TEST_F(Cancel, OfAConnectThatIsRefusedIsOneOrTheOther) {  // C37
  const auto nobody = [&] { return or_raise(make_listener(manager_).local_addr()); }();
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> started{false};
    std::jthread other([&] {
      while (!started) std::this_thread::yield();
      for (const Deadline moment(round * 1us); !moment.expired();) continue;
      canceller_.cancel();
    });
    started = true;
    const auto error = error_of(TcpStream::connect(manager_, nobody, 60s));
    EXPECT_TRUE(error.cancelled() || error == std::errc::connection_refused) << error.message();
    other.join();
    EXPECT_TRUE(manager_.restart());
  }
}

TEST_F(Cancel, ReachesAllThatWaitOnTheManagerAndNobodyElse) {  // C14, C15, C16
  auto [client, server] = make_pair(manager_);
  const auto filled = fill(client);
  ASSERT_GT(filled, 0U);
  const auto outside = make_manager();
  auto untouched = make_pair(outside);
  auto other = std::async(std::launch::async, [&] { return take(untouched.server, 5); });
  wait_until_parked(outside);
  std::vector<std::future<bool>> pending;
  pending.push_back(parked([&] { return was_cancelled(client_.read(buffer_)); }, 1));
  pending.push_back(parked([&] { return was_cancelled(client.write_all(much)); }, 2));
  std::array<char, 1> one{};
  pending.push_back(parked([&] { return was_cancelled(client.read(one)); }, 3));
  canceller_.cancel();
  for (auto& each : pending) EXPECT_TRUE(each.get());
  EXPECT_EQ(mtcp::test::parked(outside), 1U);
  give(untouched.client, "alive");
  EXPECT_EQ(other.get(), "alive");
}

TEST_F(Cancel, HoldsUntilTheRestart) {  // C17, C18
  EXPECT_FALSE(manager_.restart());
  EXPECT_TRUE(canceller_.cancel());
  EXPECT_FALSE(canceller_.cancel());
  EXPECT_FALSE(TcpCanceller(canceller_).cancel());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(was_cancelled(server_.read(buffer_)));
  EXPECT_TRUE(manager_.restart());
  EXPECT_FALSE(manager_.restart());
  give(client_, "on");
  EXPECT_EQ(take(server_, 2), "on");
}

TEST_F(Cancel, ByManyAtOnceIsSetByOne) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> set{0};
    std::barrier start(4);
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          start.arrive_and_wait();
          if (canceller_.cancel()) ++set;
        });
    }
    ASSERT_EQ(set, 1);
    ASSERT_TRUE(manager_.restart());
  }
}

TEST_F(Cancel, OfABlockedWriteDoesNotHoldUpClosing) {  // C39
  fill(client_);
  auto pending = parked([&] { return client_.write_all(much); });
  canceller_.cancel();
  EXPECT_TRUE(was_cancelled(pending.get()));
  EXPECT_LT(elapsed([&] { const TcpStream closed = std::move(client_); }), 5s);
}

TEST_F(Cancel, WaitsForThePredicateAndEndsReadAllThen) {  // C42
  give(client_, "abc");
  int asked = 0;
  std::string text;
  const auto outcome = server_.read_all(text, {.timeout = 60s}, [&](std::string_view seen) {
    ++asked;
    canceller_.cancel();
    EXPECT_EQ(seen, "abc");
    return false;
  });
  EXPECT_EQ(error_of(outcome).kind(), TcpError::Kind::Cancelled);
  EXPECT_EQ(error_of(outcome).transferred(), 3U);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(text, "abc");
}

TEST_F(Cancel, KeepsErrno) {
  for (const int error : {0, ENOENT, 12345}) {
    errno = error;
    canceller_.cancel();
    EXPECT_EQ(errno, error);
    manager_.restart();
  }
}

TEST_F(Cancel, DoesNotTouchWhatDoesNotWait) {
  auto listener = make_listener(manager_);
  canceller_.cancel();
  EXPECT_TRUE(TcpManager::create());
  EXPECT_TRUE(manager_.child());
  EXPECT_TRUE(TcpListener::bind(manager_, "127.0.0.1:0"));
  EXPECT_TRUE(listener.local_addr());
  EXPECT_TRUE(TcpListener::adopt(manager_, listener.release()));
  EXPECT_TRUE(client_.try_clone());
  EXPECT_TRUE(client_.peer_addr());
  EXPECT_TRUE(client_.local_addr());
  EXPECT_TRUE(client_.set_nodelay(false));
  EXPECT_EQ(or_raise(client_.nodelay()), false);
  EXPECT_EQ(or_raise(client_.take_error()), std::error_code());
  EXPECT_TRUE(client_.shutdown(Shutdown::Write));
  server_ = or_raise(TcpStream::adopt(manager_, server_.release()));
  server_.tie(make_manager());
  EXPECT_EQ(take_rest(server_), "");
}

TEST_F(Cancel, AllowsAFarewellThroughAnotherManager) {
  canceller_.cancel();
  client_.tie(make_manager());
  give(client_, "bye");
  EXPECT_TRUE(was_cancelled(server_.read(buffer_)));
  manager_.restart();
  EXPECT_EQ(take(server_, 3), "bye");
}

}  // namespace
}  // namespace mtcp::test
