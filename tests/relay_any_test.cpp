#include <atomic>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "internals.hpp"
#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/gate.hpp"
#include "support/pair.hpp"
#include "support/relayed.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A stream of somebody else's class: what is written to it is written twice.
class Echoing {
 public:
  explicit Echoing(TcpStream& stream) : stream_(stream) {}

  Result<std::size_t> read(MutableBytes in, Timeout timeout) { return stream_.read(in, timeout); }
  Result<std::size_t> write(ConstBytes out, Timeout timeout) {
    if (auto first = stream_.write_all(out, timeout); !first) return std::unexpected(first.error());
    if (auto second = stream_.write_all(out, timeout); !second)
      return std::unexpected(second.error());
    return out.size();
  }
  Result<void> write_all(ConstBytes out, Timeout timeout) {
    if (auto done = write(out, timeout); !done) return std::unexpected(done.error());
    return {};
  }
  Result<void> shutdown(Shutdown how) { return stream_.shutdown(how); }
  void tie(const TcpManager& manager) { stream_.tie(manager); }
  TcpManager manager() const { return stream_.manager(); }
  Result<SocketAddr> peer_addr() const { return stream_.peer_addr(); }
  std::size_t available() const { return stream_.available(); }
  Timeout default_read_timeout() const { return stream_.default_read_timeout(); }

 private:
  TcpStream& stream_;
};

/// Never without room, and never without bytes or as `reading` says.
class Endless {
 public:
  using Reading = std::function<Result<std::size_t>(const TcpManager&, MutableBytes)>;

  explicit Endless(Reading reading = [](const TcpManager&, MutableBytes in) { return in.size(); })
      : reading_(std::move(reading)) {}

  Result<std::size_t> read(MutableBytes in, Timeout) { return reading_(manager_, in); }
  Result<std::size_t> write(ConstBytes out, Timeout) { return out.size(); }
  Result<void> write_all(ConstBytes, Timeout) { return {}; }
  Result<void> shutdown(Shutdown) { return {}; }
  void tie(const TcpManager& manager) { manager_ = manager; }
  TcpManager manager() const { return manager_; }
  Result<SocketAddr> peer_addr() const { return SocketAddr(); }
  std::size_t available() const { return 0; }
  Timeout default_read_timeout() const { return {}; }

 private:
  Reading reading_;
  TcpManager manager_ = make_manager();
};

Result<std::size_t> timed_out() {
  return std::unexpected(detail::Internals::error(TcpError::Kind::TimedOut, {"read", "from"}, {}));
}

class RelayAny : public Relayed {};

INSTANTIATE_TEST_SUITE_P(, RelayAny, ::testing::Values(RelayWay::TwoThreads),
                         ::testing::PrintToStringParamName());

TEST_P(RelayAny, WorksBetweenStreamsOfDifferentKinds) {
  Echoing echoing(b_);
  RelayReport report;
  std::thread relaying([&] { report = relay(a_, echoing, 60s); });
  give(left_, "ab");
  EXPECT_EQ(take(right_, 4), "abab");
  give(right_, "c");
  EXPECT_EQ(take(left_, 1), "c");
  or_raise(left_.shutdown(Shutdown::Write));
  or_raise(right_.shutdown(Shutdown::Write));
  relaying.join();
  EXPECT_EQ(report.a_to_b.bytes, 2U);
  EXPECT_EQ(report.b_to_a.bytes, 1U);
  EXPECT_FALSE(report.a_to_b.error || report.b_to_a.error);
}

TEST(RelayOfEndlessStreams, EndsWhenItsTimeIsOver) {
  Endless one;
  Endless other;
  const auto report = relay(one, other, 1ms);
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_TRUE(direction.error->timed_out());
    EXPECT_GT(direction.bytes, 0U);
  }
}

TEST(RelayOfEndlessStreams, EndsBothWaysOnceTheTimeOfOneIsOver) {
  Gate over;
  Endless silent([&over](const TcpManager&, MutableBytes) {
    over.open();
    return timed_out();
  });
  Endless late([&over](const TcpManager&, MutableBytes in) {
    over.wait();
    return in.size();
  });
  const auto report = relay(silent, late, idle(1ns));
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_TRUE(direction.error->timed_out());
  }
}

TEST(RelayOfEndlessStreams, LetsTheOneTakeWhatIsReadyWhenTheOtherIsOutOfTime) {
  Gate over;
  Endless silent([&over](const TcpManager&, MutableBytes) {
    over.open();
    return timed_out();
  });
  Endless ready([&over](const TcpManager& manager, MutableBytes in) {
    over.wait();
    EXPECT_TRUE(manager.sleep(30ms));
    return in.size();
  });
  EXPECT_GT(relay(silent, ready, 0s).b_to_a.bytes, 0U);
}

TEST_P(RelayAny, IsCancelledByTheOneSideWhileItWaitsForRoomOnBoth) {
  const auto other = make_manager();
  b_.tie(other);
  auto running = start();
  std::thread filling([this] { fill(right_); });
  fill(left_);
  filling.join();
  other.canceller().cancel();
  const auto report = running.report();
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    ASSERT_TRUE(direction.error);
    EXPECT_TRUE(direction.error->cancelled());
  }
}

TEST_P(RelayAny, IsCancelledByTheOneSideWhileItWaitsForTheOtherBothWays) {
  const auto child = or_raise(manager_.child());
  for (const auto& other : {make_manager(), child}) {
    Pair one = make_pair(outside_);
    Pair two = make_pair(outside_);
    one.server.tie(other);
    two.client.tie(manager_);
    RunningRelay running(GetParam(), manager_, one.server, two.client, {});
    fill(one.client);  // now the one direction waits to write to the other stream, which is silent
    other.canceller().cancel();
    const auto report = running.report();
    for (const auto& direction : {report.a_to_b, report.b_to_a}) {
      ASSERT_TRUE(direction.error);
      EXPECT_TRUE(direction.error->cancelled());
    }
  }
}

TEST_P(RelayAny, TakesNothingWhenAnUnrelatedManagerIsCancelledAlready) {
  const auto other = make_manager();
  b_.tie(other);
  other.canceller().cancel();
  give(left_, "abc");
  await_bytes(a_, 3);
  const auto report = run({});
  EXPECT_TRUE(report.a_to_b.error && report.a_to_b.error->cancelled());
  EXPECT_TRUE(report.b_to_a.error && report.b_to_a.error->cancelled());
  EXPECT_EQ(take(a_, 3), "abc");
}

TEST(RelayOfEndlessStreams, EndsByACancelThatIsTakenBackAtOnce) {
  for (const bool first : {true, false}) {
    const auto one_manager = make_manager();
    const auto other_manager = make_manager();
    std::atomic<int> reads{0};
    Endless one([&](const TcpManager&, MutableBytes in) -> Result<std::size_t> {
      if (++reads != 10) return in.size();
      const auto& manager = first ? one_manager : other_manager;
      manager.canceller().cancel();
      manager.restart();
      return in.size();
    });
    Endless other;
    one.tie(one_manager);
    other.tie(other_manager);
    const auto report = relay(one, other, 20s);
    for (const auto& direction : {report.a_to_b, report.b_to_a}) {
      ASSERT_TRUE(direction.error);
      EXPECT_TRUE(direction.error->cancelled());
    }
  }
}

TEST_P(RelayAny, TiesTheStreamsToTheirManagersAgain) {
  const auto other = make_manager();
  b_.tie(other);
  EXPECT_TRUE(run(1ms).a_to_b.error->timed_out());
  manager_.canceller().cancel();
  EXPECT_TRUE(a_.read({}).error().cancelled());
  EXPECT_TRUE(b_.read({}));
  other.canceller().cancel();
  EXPECT_TRUE(b_.read({}).error().cancelled());
  EXPECT_FALSE(outside_.cancelled());
}

TEST_P(RelayAny, SaysOfBothDirectionsWhatIsMissing) {
  const auto other = make_manager();
  b_.tie(other);
  for (const unsigned missing : {1U, 2U}) {  // a child of the one manager, and of the other
    std::atomic<unsigned> opened{0};
    const SystemCallJudge judge([&](const SystemCall& call) {
      const bool fails = call.name == "eventfd" && ++opened == missing;
      return fails ? Verdict::fail(EMFILE) : Verdict::pass();
    });
    const auto report = run(60s);
    for (const auto& direction : {report.a_to_b, report.b_to_a}) {
      ASSERT_TRUE(direction.error);
      EXPECT_EQ(direction.error->code(), std::errc::too_many_files_open);
    }
  }
}

}  // namespace
}  // namespace mtcp::test
