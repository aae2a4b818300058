#include <array>

#include "conformance/conformance.hpp"
#include "support/errors.hpp"
#include "support/pattern.hpp"

// Law 4: a broken connection stays broken, and is never told as an end in order.

namespace mtcp::test {

TEST_P(Conformance, AResetIsNeverAnEnd) {  // R04
  conversation().reset_by_peer();
  conversation().await_reset();
  expect_reset_for_ever();
  EXPECT_TRUE(stream().read(MutableBytes(), patience));
  cancel();
  restart();
  expect_reset_for_ever();
  EXPECT_TRUE(stream().peer_addr());
}

TEST_P(Conformance, WhatArrivedBeforeAResetCanBeRead) {
  give(peer(), "before");
  conversation().await_bytes(6);
  conversation().reset_by_peer();
  conversation().await_reset();
  EXPECT_EQ(take(stream(), 2), "be");
  EXPECT_EQ(take(stream(), 4), "fore");
  expect_reset_for_ever();
}

TEST_P(Conformance, AResetIsNotIncomplete) {  // R25
  if (skip_without(Extra::ReadExact)) return;
  or_raise(peer().write_all(pattern(60), patience));
  conversation().await_bytes(60);
  conversation().reset_by_peer();
  conversation().await_reset();
  std::vector<std::byte> bytes(100);
  const auto failed = stream().read_exact(bytes, patience);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error_of(failed), std::errc::connection_reset) << error_of(failed).message();
  EXPECT_EQ(error_of(failed).transferred(), 60U);
  const std::size_t filled = stream().filled(error_of(failed));
  EXPECT_TRUE(is_pattern(std::span(bytes).first(filled)));
}

TEST_P(Conformance, AResetWakesAReaderAndAWriter) {
  auto reading = block_a_read();
  auto writing = block_a_write(patience, 2);
  conversation().reset_by_peer();
  const auto read = reading.get();
  ASSERT_FALSE(read) << "a reset was reported as a clean end";
  EXPECT_EQ(error_of(read), std::errc::connection_reset) << error_of(read).message();
  const auto written = writing.get();
  EXPECT_EQ(error_of(written).kind(), TcpError::Kind::Failed);
  EXPECT_TRUE(error_of(written) == std::errc::connection_reset ||
              error_of(written) == std::errc::broken_pipe)
      << error_of(written).message();
  expect_reset_for_ever();
}

TEST_P(Conformance, AResetIsSaidAlsoWhenAWriteWasToldFirst) {
  conversation().reset_by_peer();
  conversation().await_reset();
  for (const Call& call : writes()) {
    std::array<std::byte, 4> bytes{};
    EXPECT_EQ(error_of(call.run(stream(), bytes, patience)).kind(), TcpError::Kind::Failed);
  }
  expect_reset_for_ever();
}

TEST_P(Conformance, AResetAfterOurOwnFarewellIsAReset) {
  or_raise(stream().shutdown(Shutdown::Write));
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(peer().read(one, patience)), 0U);
  conversation().reset_by_peer();
  expect_reset_for_ever();
}

TEST_P(Conformance, ShutdownAfterAResetIsHarmless) {  // R09
  conversation().reset_by_peer();
  conversation().await_reset();
  for (const Shutdown how : {Shutdown::Write, Shutdown::Write, Shutdown::Both}) {
    const auto shut = stream().shutdown(how);
    EXPECT_TRUE(shut || shut.error() == std::errc::connection_reset) << shut.error().message();
  }
}

TEST_P(Conformance, ClonesShareAReset) {
  if (skip_without(Extra::Clone)) return;
  const auto clone = stream().clone();
  conversation().reset_by_peer();
  conversation().await_reset();
  std::array<std::byte, 1> one;
  EXPECT_EQ(error_of(clone->read(one, patience)), std::errc::connection_reset);
  expect_reset_for_ever();
  EXPECT_EQ(error_of(clone->read(one, patience)), std::errc::connection_reset);
}

}  // namespace mtcp::test
