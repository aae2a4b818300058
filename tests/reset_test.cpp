#include <array>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

// Law 4: a broken connection stays broken. The kernel says a reset once and then, as if nothing had
// happened, a clean end.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Reset : public Connected {
 protected:
  /// The peer sends `text` and resets; all of that has arrived at server_.
  void send_and_reset(std::string_view text) {
    give(client_, text);
    await_bytes(server_, text.size());
    reset(std::move(client_));
    await_reset(server_);
  }
};

/// Each way to read says `error`, again and again.
void expect_reads_fail(TcpStream& stream, std::errc error) {
  for (int i = 0; i < 2; ++i) {
    std::array<char, 4> buffer{};
    std::string text;
    EXPECT_EQ(error_of(stream.read(buffer, 60s)), error);
    EXPECT_EQ(error_of(stream.peek(buffer, 60s)), error);
    EXPECT_EQ(error_of(stream.read_exact(buffer, 60s)), error);
    EXPECT_EQ(error_of(stream.read_to_end(text, 100, 60s)), error);
    EXPECT_EQ(error_of(stream.read_to_end(text, 0, 60s)), error);
    const auto never = [](std::string_view) { return false; };
    EXPECT_EQ(error_of(stream.read_all(text, {.timeout = 60s}, never)), error);
    EXPECT_EQ(text, "");
    EXPECT_EQ(or_raise(stream.read(MutableBytes())), 0U);
  }
}

void expect_reset_for_ever(TcpStream& stream) {
  expect_reads_fail(stream, std::errc::connection_reset);
}

TEST_F(Reset, IsSaidForEver) {  // R04
  send_and_reset("");
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsSaidByPeekForEverToo) {
  send_and_reset("");
  std::array<char, 4> buffer{};
  EXPECT_EQ(error_of(server_.peek(buffer, 60s)), std::errc::connection_reset);
  expect_reset_for_ever(server_);
}

TEST_F(Reset, ComesFromAPeerThatClosesWithUnreadBytes) {  // R04
  give(server_, "never read");
  await_bytes(client_, 10);
  {
    const auto closed = std::move(client_);
  }
  expect_reset_for_ever(server_);
}

TEST_F(Reset, LeavesWhatArrivedBeforeItToBeRead) {
  send_and_reset("before");
  std::array<char, 8> seen{};
  EXPECT_EQ(or_raise(server_.peek(seen)), 6U);
  EXPECT_EQ(take(server_, 2), "be");
  EXPECT_EQ(take(server_, 4), "fore");
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsNotIncompleteForReadExactAndTheBytesAreKept) {  // R25
  send_and_reset(std::string(60, 'x'));
  std::string buffer(100, '.');
  const auto failed = server_.read_exact(buffer, 60s);
  EXPECT_EQ(error_of(failed), std::errc::connection_reset);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error_of(failed).transferred(), 60U);
  EXPECT_EQ(buffer, std::string(60, 'x') + std::string(40, '.'));
}

TEST_F(Reset, EndsReadToEndAndReadAllWithTheBytesKept) {
  send_and_reset("abcdef");
  std::string text = "old ";
  auto failed = server_.read_all(text, {.chunk = 3},
                                 [](std::string_view seen) { return seen == "old abc!"; });
  EXPECT_EQ(error_of(failed), std::errc::connection_reset);
  EXPECT_EQ(error_of(failed).transferred(), 6U);
  EXPECT_EQ(text, "old abcdef");
}

TEST_F(Reset, IsNotAnExactFitForReadToEnd) {
  send_and_reset("abcdef");
  std::string text;
  const auto failed = server_.read_to_end(text, 6, 60s);
  EXPECT_EQ(error_of(failed), std::errc::connection_reset);
  EXPECT_EQ(error_of(failed).transferred(), 6U);
  EXPECT_EQ(text, "abcdef");
}

TEST_F(Reset, WakesABlockedReader) {
  std::array<char, 4> buffer{};
  auto reading = std::async(std::launch::async, [&] { return server_.read(buffer); });
  wait_until_parked(manager_);
  reset(std::move(client_));
  EXPECT_EQ(error_of(reading.get()), std::errc::connection_reset);
  expect_reset_for_ever(server_);
}

TEST_F(Reset, WinsOverAPassedDeadlineAndLosesToACancel) {
  send_and_reset("");
  std::array<char, 4> buffer{};
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(server_.read(buffer, 0s)).cancelled());
  manager_.restart();
  EXPECT_EQ(error_of(server_.read(buffer, -1s)), std::errc::connection_reset);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(server_.read(buffer, 0s)).cancelled());
}

TEST_F(Reset, IsSaidOnEveryClone) {
  auto clone = or_raise(server_.try_clone());
  send_and_reset("x");
  auto late = or_raise(clone.try_clone());
  EXPECT_EQ(take(late, 1), "x");
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(clone.read(one)), std::errc::connection_reset);
  {
    const auto closed = std::move(clone);
  }
  expect_reset_for_ever(server_);
  expect_reset_for_ever(late);
  auto latest = or_raise(late.try_clone());
  expect_reset_for_ever(latest);
}

TEST_F(Reset, IsSaidToReadersAlsoWhenAWriteWasToldFirst) {
  auto clone = or_raise(server_.try_clone());
  send_and_reset("before");
  EXPECT_EQ(error_of(server_.write_all("x"sv, 60s)).kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error_of(server_.write_all("x"sv, 60s)).kind(), TcpError::Kind::Failed);
  EXPECT_EQ(take(clone, 6), "before");
  expect_reset_for_ever(clone);
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsSaidToReadersAlsoWhenABlockedWriteWasToldFirst) {
  fill(server_);
  const std::string more(1000, 'x');
  auto writing = std::async(std::launch::async, [&] { return server_.write_all(more); });
  wait_until_parked(manager_);
  reset(std::move(client_));
  const auto failed = writing.get();
  EXPECT_TRUE(error_of(failed) == std::errc::connection_reset ||
              error_of(failed) == std::errc::broken_pipe)
      << error_of(failed).message();
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsSaidToReadersAlsoWhenTakeErrorWasToldFirst) {
  auto clone = or_raise(server_.try_clone());
  send_and_reset("before");
  EXPECT_EQ(or_raise(server_.take_error()), std::errc::connection_reset);
  EXPECT_FALSE(or_raise(server_.take_error()));
  EXPECT_EQ(take(clone, 6), "before");
  expect_reset_for_ever(clone);
}

TEST_F(Reset, AfterTheEndButBeforeItWasReadIsNoCleanEnd) {
  give(client_, "x");
  or_raise(client_.shutdown(Shutdown::Write));
  await_end(server_);
  give(server_, "never read");
  await_bytes(client_, 10);
  {
    const auto closed = std::move(client_);
  }
  await_reset(server_);
  EXPECT_EQ(take(server_, 1), "x");
  expect_reset_for_ever(server_);
}

TEST_F(Reset, AfterTheEndIsNoCleanEndAlsoWhenAShutdownCameAfterIt) {
  or_raise(client_.shutdown(Shutdown::Write));
  await_end(server_);
  give(server_, "never read");
  await_bytes(client_, 10);
  {
    const auto closed = std::move(client_);
  }
  await_reset(server_);
  or_raise(server_.shutdown(Shutdown::Write));
  expect_reset_for_ever(server_);
}

TEST_F(Reset, DoesNotUndoACleanEndThatWasReported) {
  or_raise(client_.shutdown(Shutdown::Write));
  std::array<char, 1> one{};
  EXPECT_EQ(or_raise(server_.read(one, 60s)), 0U);
  auto clone = or_raise(server_.try_clone());
  give(server_, "never read");
  await_bytes(client_, 10);
  {
    const auto closed = std::move(client_);
  }
  await_reset(server_);
  EXPECT_FALSE(server_.write("x"sv));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(or_raise(server_.read(one)), 0U);
    EXPECT_EQ(or_raise(clone.peek(one)), 0U);
  }
}

TEST_F(Reset, IsSeenAfterOurOwnHalfIsShutDown) {
  or_raise(server_.shutdown(Shutdown::Write));
  send_and_reset("before");
  EXPECT_EQ(take(server_, 6), "before");
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsSeenAlsoWhenAShutdownCameAfterIt) {  // R09
  send_and_reset("before");
  or_raise(server_.shutdown(Shutdown::Write));
  EXPECT_EQ(take(server_, 6), "before");
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsHiddenByAShutdownOfReading) {
  or_raise(server_.shutdown(Shutdown::Read));
  std::array<char, 1> one{};
  EXPECT_EQ(or_raise(server_.read(one)), 0U);
  reset(std::move(client_));
  await_reset(server_);
  EXPECT_EQ(or_raise(server_.read(one)), 0U);
  EXPECT_FALSE(server_.write("x"sv));
  EXPECT_EQ(or_raise(server_.read(one)), 0U);
}

TEST_F(Reset, OfAnAdoptedSocketStaysToo) {
  send_and_reset("x");
  auto adopted = or_raise(TcpStream::adopt(manager_, server_.release()));
  EXPECT_EQ(take(adopted, 1), "x");
  expect_reset_for_ever(adopted);
}

TEST_F(Reset, GivesAnErrorBesidesResetForEverToo) {
  std::array<char, 1> one{};
  {
    // ETIMEDOUT of the kernel: the peer has stopped to acknowledge.
    const SystemCallJudge judge([](const SystemCall& call) {
      return call.name == "recv" ? Verdict::fail(ETIMEDOUT) : Verdict::pass();
    });
    const auto failed = server_.read(one);
    EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Failed);
    EXPECT_EQ(error_of(failed), std::errc::timed_out);
  }
  {
    const auto closed = std::move(client_);
  }  // what the kernel says afterwards: an end
  await_end(server_);
  expect_reads_fail(server_, std::errc::timed_out);
}

/// Makes the first recv() of the library learn of the reset and come back with it only when
/// another thread has asked too, as when the first is preempted there.
class SlowToTell {
 public:
  SlowToTell() : judge_([this](const SystemCall& call) { return decide(call); }) {}

  void wait_until_the_first_knows() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 60s, [&] { return knows_; }));
  }

  void let_go() {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
  }

 private:
  Verdict decide(const SystemCall& call) {
    std::unique_lock lock(mutex_);
    if (call.name != "recv" || knows_) return Verdict::pass();
    // What the kernel does within recv(), except that there is no way to stop it afterwards.
    const int error = raw::take_error(call.descriptor);
    EXPECT_EQ(error, ECONNRESET);
    knows_ = true;
    changed_.notify_all();
    // A library that lets the second wait for the first would wait for ever.
    changed_.wait_for(lock, 200ms, [&] { return gone_; });
    return Verdict::fail(error);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool knows_ = false;
  bool gone_ = false;
  SystemCallJudge judge_;
};

void expect_both_readers_see_it(TcpStream& stream) {
  auto clone = or_raise(stream.try_clone());
  std::array<char, 1> first{}, second{};
  SlowToTell slow;
  auto reading = std::async(std::launch::async, [&] { return stream.read(first, 60s); });
  slow.wait_until_the_first_knows();
  const auto other = clone.read(second, 60s);
  slow.let_go();
  const auto one = reading.get();
  ASSERT_FALSE(one);
  EXPECT_EQ(error_of(one), std::errc::connection_reset);
  ASSERT_FALSE(other) << "a reset was reported as a clean end";
  EXPECT_EQ(error_of(other), std::errc::connection_reset);
}

TEST_F(Reset, IsSeenByBothOfTwoReadersAtOnce) {
  send_and_reset("");
  expect_both_readers_see_it(server_);
  expect_reset_for_ever(server_);
}

TEST_F(Reset, IsSeenByBothOfTwoReadersAtOnceAfterOurOwnHalfIsShutDown) {
  or_raise(server_.shutdown(Shutdown::Write));
  send_and_reset("");
  expect_both_readers_see_it(server_);
  expect_reset_for_ever(server_);
}

TEST_F(Reset, WakesAllBlockedReadersWithTheSameNews) {
  for (int round = 0; round < 50; ++round) {
    auto pair = make_pair(manager_);
    if (round % 2 == 1) or_raise(pair.server.shutdown(Shutdown::Write));
    const auto read = [&] {
      std::array<char, 1> one{};
      return pair.server.read(one, 60s);
    };
    auto one = std::async(std::launch::async, read);
    auto other = std::async(std::launch::async, read);
    wait_until_parked(manager_, 2);
    reset(std::move(pair.client));
    for (const auto& result : {one.get(), other.get()}) {
      ASSERT_FALSE(result) << "a reset was reported as a clean end in round " << round;
      EXPECT_EQ(error_of(result), std::errc::connection_reset);
    }
  }
}

}  // namespace
}  // namespace mtcp::test
