#include <algorithm>
#include <array>

#include "conformance/conformance.hpp"
#include "support/errors.hpp"
#include "support/pattern.hpp"

// The end of a stream in order, from either side, whole or half.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

bool is_broken(const TcpError& error) {
  return error.kind() == TcpError::Kind::Failed &&
         (error == std::errc::broken_pipe || error == std::errc::connection_reset);
}

}  // namespace

TEST_P(Conformance, TheEndIsSaidAgainAndAgain) {  // R01
  give(peer(), "last");
  or_raise(peer().shutdown(Shutdown::Write));
  EXPECT_EQ(take(stream(), 4), "last");
  std::array<std::byte, 8> bytes;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(or_raise(stream().read(bytes, patience)), 0U);
    EXPECT_EQ(or_raise(stream().read(bytes, 0s)), 0U);
  }
  cancel();
  restart();
  EXPECT_EQ(or_raise(stream().read(bytes, patience)), 0U);
  if (lacks(Extra::Peek)) return;
  EXPECT_EQ(or_raise(stream().peek(bytes, patience)), 0U);
}

TEST_P(Conformance, TheEndIsIncompleteForReadExact) {  // R24
  if (skip_without(Extra::ReadExact)) return;
  or_raise(peer().write_all(pattern(60), patience));
  or_raise(peer().shutdown(Shutdown::Write));
  std::vector<std::byte> bytes(100);
  const auto failed = stream().read_exact(bytes, patience);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
  EXPECT_EQ(error_of(failed).transferred(), 60U);
  const std::size_t filled = stream().filled(error_of(failed));
  EXPECT_TRUE(is_pattern(std::span(bytes).first(filled)));
  // What was not handed over is still there.
  or_raise(stream().read_exact(std::span(bytes).first(60 - filled), patience));
  EXPECT_EQ(or_raise(stream().read(bytes, patience)), 0U);
}

TEST_P(Conformance, TheEndWakesAReader) {
  auto reading = block_a_read();
  or_raise(peer().shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(reading.get()), 0U);
}

TEST_P(Conformance, AHalfThatThePeerEndsLeavesTheOther) {  // R14
  or_raise(peer().shutdown(Shutdown::Write));
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(stream().read(one, patience)), 0U);
  auto writing = block_a_write();
  EXPECT_EQ(take(peer(), Conversation::too_much).size(), Conversation::too_much);
  EXPECT_TRUE(writing.get());
  or_raise(stream().shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(peer().read(one, patience)), 0U);
}

TEST_P(Conformance, AHalfThatIsShutDownLeavesTheOther) {  // R07, R08, R15
  give_pattern(stream(), 20'000);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stream().shutdown(Shutdown::Write));
  const auto received = take_rest(peer());
  EXPECT_EQ(received.size(), 20'000U);
  EXPECT_TRUE(is_pattern(received));
  for (const Call& call : writes()) {
    std::array<std::byte, 4> bytes{};
    for (int i = 0; i < 2; ++i) {
      const auto failed = call.run(stream(), bytes, patience);
      EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Failed) << call.name;
      EXPECT_EQ(error_of(failed), std::errc::broken_pipe) << error_of(failed).message();
    }
  }
  auto reading = block_a_read();
  give(peer(), "x and more");
  EXPECT_EQ(or_raise(reading.get()), 1U);
  EXPECT_EQ(take(stream(), 9), " and more");
  or_raise(peer().shutdown(Shutdown::Write));
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(stream().read(one, patience)), 0U);
  EXPECT_TRUE(stream().shutdown(Shutdown::Both));
}

TEST_P(Conformance, ShutdownOfReadingIsTheEndAtOnce) {  // R10, R12
  auto reading = block_a_read();
  EXPECT_TRUE(stream().shutdown(Shutdown::Read));
  EXPECT_EQ(or_raise(reading.get()), 0U);
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(stream().read(one, patience)), 0U);
  give(stream(), "still written");
  EXPECT_EQ(take(peer(), 13), "still written");
  EXPECT_EQ(or_raise(stream().read(one, 0s)), 0U);
}

TEST_P(Conformance, ShutdownOfWritingEndsAWriteThatWaits) {  // R13
  auto writing = block_a_write();
  EXPECT_TRUE(stream().shutdown(Shutdown::Write));
  const auto failed = writing.get();
  EXPECT_EQ(error_of(failed), std::errc::broken_pipe) << error_of(failed).message();
  const auto received = take_rest(peer());
  EXPECT_EQ(received.size(), error_of(failed).transferred());
  EXPECT_TRUE(is_pattern(received));
}

TEST_P(Conformance, WritesToAPeerThatHasClosedFailSoon) {  // R05, R44, R46
  conversation().close_by_peer();
  conversation().await_end();
  const std::vector<std::byte> bytes(1000);
  Result<void> written;
  for (int i = 0; i < 10'000 && written; ++i) {
    written = stream().write_all(bytes, patience);
    std::this_thread::sleep_for(100us);  // until the peer's answer comes
  }
  EXPECT_TRUE(is_broken(error_of(written))) << error_of(written).message();
  for (const Call& call : writes()) {
    auto more = bytes;
    EXPECT_TRUE(is_broken(error_of(call.run(stream(), more, patience)))) << call.name;
  }
  expect_reset_for_ever();  // law 4: also when a write was told first
  EXPECT_TRUE(stream().peer_addr());
}

}  // namespace mtcp::test
