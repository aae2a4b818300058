#include <array>

#include "conformance/conformance.hpp"
#include "support/cancel_ways.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"

// Cancelling what is blocked, and what that does not touch.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

template <class T>
void expect_cancelled(const Result<T>& result) {
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().cancelled()) << result.error().message();
}

}  // namespace

TEST_P(Conformance, ACancelWakesAReaderAndAWriterAtOnce) {  // C14, C16
  auto reading = block_a_read();
  auto writing = block_a_write(patience, 2);
  const auto start = std::chrono::steady_clock::now();
  cancel();
  expect_cancelled(reading.get());
  const auto written = writing.get();
  expect_cancelled(written);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
  const std::size_t sum = error_of(written).transferred();
  restart();
  give(peer(), "back");
  EXPECT_EQ(take(stream(), 4), "back");
  expect_peer_gets(sum);
}

TEST_P(Conformance, ACancelOfWhateverOriginWakesEveryWayToRead) {  // C03, C26
  for (const Call& call : reads()) {
    for (const Way way : all_ways()) {
      const CancelBy cancel_by(way, conversation().manager().canceller());
      std::jthread other([&] {
        const Deadline limit(patience);
        while (conversation().blocked() == 0 && !limit.expired())
          std::this_thread::sleep_for(100us);
        cancel_by();
      });
      std::array<std::byte, 4> bytes;
      expect_cancelled(call.run(stream(), bytes, patience));
      other.join();
      cancel_by.await();
      EXPECT_TRUE(conversation().manager().restart());
    }
  }
  expect_alive();
}

TEST_P(Conformance, ACancelWakesEveryWayToWrite) {  // C06
  fill();
  for (const Call& call : writes()) {
    auto writing = block([&] { return write_more(call, [] { return patience; }); });
    cancel();
    const auto written = writing.get();
    expect_cancelled(written);
    EXPECT_EQ(error_of(written).transferred(), 0U);
    restart();
  }
  expect_peer_gets(filled());
}

TEST_P(Conformance, ACancelHoldsUntilTheRestart) {  // C17, C18
  const TcpManager& manager = conversation().manager();
  std::array<std::byte, 1> one;
  EXPECT_FALSE(manager.restart());
  EXPECT_TRUE(manager.canceller().cancel());
  EXPECT_FALSE(manager.canceller().cancel());
  for (int i = 0; i < 3; ++i) {
    expect_cancelled(stream().read(one, patience));
    expect_cancelled(stream().write(one, patience));
  }
  EXPECT_TRUE(manager.restart());
  EXPECT_FALSE(manager.restart());
  expect_alive();
}

TEST_P(Conformance, ALateCancelDoesNotPoison) {  // C09
  expect_alive();
  cancel();
  restart();
  EXPECT_EQ(conversation().blocked(), 0U);
  expect_alive();
}

TEST_P(Conformance, ACancelAndARestartAtOnceEndWhatWasBlocked) {
  for (int i = 0; i < 20; ++i) {
    auto reading = block_a_read();
    cancel();
    restart();
    expect_cancelled(reading.get());
  }
  expect_alive();
}

TEST_P(Conformance, OtherManagersCancelDoesNotDisturb) {  // C15
  const TcpManager other = make_manager();
  const TcpManager child = or_raise(conversation().manager().child());
  auto reading = block_a_read();
  other.canceller().cancel();
  child.canceller().cancel();
  EXPECT_EQ(reading.wait_for(10ms), std::future_status::timeout);
  give(peer(), "x");
  EXPECT_EQ(or_raise(reading.get()), 1U);
  expect_alive();
}

TEST_P(Conformance, AManagerThatItIsTiedToDecides) {
  const TcpManager other = make_manager();
  cancel();
  stream().tie(other);
  expect_alive();  // although what it was tied to is cancelled
  EXPECT_TRUE(other.canceller().cancel());
  EXPECT_TRUE(stream().manager().cancelled());
  restart();
  std::array<std::byte, 1> one;
  expect_cancelled(stream().read(one, 0s));
  EXPECT_TRUE(other.restart());
  EXPECT_FALSE(stream().manager().cancelled());
  expect_alive();
}

TEST_P(Conformance, TheFarewellIsNotCancelled) {
  give(stream(), "last words");
  cancel();
  ASSERT_TRUE(stream().shutdown(Shutdown::Write));
  const auto received = take_rest(peer());
  EXPECT_EQ(received.size(), 10U);
}

}  // namespace mtcp::test
