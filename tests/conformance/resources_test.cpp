#include <array>

#include "conformance/conformance.hpp"
#include "support/allocations.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"

// What a stream costs, what it says, and what becomes of it: laws 5, 7 and 10.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// Whether there are 100 ms in which next to no processor time is used; a sanitizer or a busy
/// machine may spoil some.
bool is_quiet() {
  for (int i = 0; i < 10; ++i) {
    std::this_thread::sleep_for(10ms);  // the way from parking to sleeping
    if (processor_time([] { std::this_thread::sleep_for(100ms); }) < 3ms) return true;
  }
  return false;
}

}  // namespace

TEST_P(ConformanceInTime, WhatIsBlockedIsQuiet) {  // W06
  auto reading = block_a_read();
  EXPECT_TRUE(is_quiet());
  or_raise(peer().shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(reading.get()), 0U);
  auto writing = block_a_write();
  EXPECT_TRUE(is_quiet()) << "with a peer that has ended its half";
  cancel();
  EXPECT_TRUE(error_of(writing.get()).cancelled());
}

TEST_P(ConformanceInTime, WhatIsBlockedAfterARestartIsQuiet) {  // W06
  or_raise(stream().shutdown(Shutdown::Write));
  for (int i = 0; i < 3; ++i) {
    auto reading = block_a_read();
    cancel();
    EXPECT_TRUE(error_of(reading.get()).cancelled());
    restart();
  }
  auto reading = block_a_read();
  EXPECT_TRUE(is_quiet());
  give(peer(), "x");
  EXPECT_EQ(or_raise(reading.get()), 1U);
}

TEST_P(Conformance, ReadsAndWritesAllocateNothing) {  // W03
  std::array<std::byte, 64> bytes{};
  AtWork echoing([&] {
    std::array<std::byte, 64> block;
    const auto count = peer().read(block, 5ms);
    if (count) or_raise(peer().write_all(std::span(block).first(*count), patience));
  });
  const auto round_trip = [&] {
    or_raise(stream().write_all(bytes, patience));
    for (std::size_t done = 0; done < bytes.size();)
      done += or_raise(stream().read(std::span(bytes).subspan(done), idle(patience)));
  };
  round_trip();
  auto before = allocations();
  for (int i = 0; i < 200; ++i) round_trip();
  EXPECT_EQ(allocations(), before);
  echoing.stop();
  const auto much = pattern(Conversation::too_much);
  before = allocations();
  EXPECT_FALSE(stream().read(bytes, 1ms));
  EXPECT_FALSE(stream().write_all(much, 5ms));
  cancel();
  EXPECT_FALSE(stream().read(bytes, patience));
  restart();
  EXPECT_EQ(allocations(), before);
}

TEST_P(Conformance, NoDescriptorIsLeftOver) {  // F01
  end_conversation();  // its managers may still take descriptors as its threads begin to wait
  const DescriptorGuard guard;
  const auto other = GetParam().make();
  std::array<std::byte, 4> bytes{};
  EXPECT_FALSE(other->stream().read(bytes, 1ms));
  or_raise(other->stream().write_all(bytes, patience));
  other->manager().canceller().cancel();
  EXPECT_FALSE(other->stream().read(bytes, patience));
  other->manager().restart();
  other->reset_by_peer();
  other->await_reset();
  EXPECT_FALSE(other->stream().read(bytes, patience));
}

TEST_P(Conformance, ErrorsNameTheOperationAndThePeer) {  // E01, E02
  const std::string address = or_raise(stream().peer_addr()).to_string();
  const auto expect_named = [&](const Call& call, std::string_view cause) {
    std::array<std::byte, 1> one{};
    const std::string said = error_of(call.run(stream(), one, 0s)).message();
    EXPECT_TRUE(said.starts_with(std::string(call.name) + " ")) << said;
    EXPECT_TRUE(said.contains(address)) << said;
    EXPECT_TRUE(said.contains(cause)) << said;
  };
  for (const Call& call : reads()) expect_named(call, "timed out");
  cancel();
  for (const auto& calls : {reads(), writes()})
    for (const Call& call : calls) expect_named(call, "cancelled");
  restart();
  conversation().reset_by_peer();
  conversation().await_reset();
  for (const Call& call : reads()) expect_named(call, "reset");
}

TEST_P(Conformance, AMovedFromStreamSaysSoBeforeAnythingElse) {  // M01
  if (skip_without(Extra::Move)) return;
  stream().move_away();
  const auto expect_bad_descriptor = [&] {
    std::array<std::byte, 1> one{};
    for (const auto& calls : {reads(), writes()}) {
      for (const Call& call : calls) {
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}}) {
          const auto result = call.run(stream(), std::span(one).first(size), 0s);
          EXPECT_EQ(error_of(result).kind(), TcpError::Kind::Failed) << call.name;
          EXPECT_EQ(error_of(result), std::errc::bad_file_descriptor) << call.name;
        }
      }
    }
    EXPECT_EQ(error_of(stream().shutdown(Shutdown::Both)), std::errc::bad_file_descriptor);
    EXPECT_EQ(error_of(stream().peer_addr()), std::errc::bad_file_descriptor);
  };
  expect_bad_descriptor();
  cancel();
  expect_bad_descriptor();
  EXPECT_TRUE(take_rest(peer()).empty()) << "the stream that was moved to was not closed";
}

TEST_P(Conformance, ACloneIsASecondHandle) {
  if (skip_without(Extra::Clone)) return;
  {
    const auto clone = stream().clone();
    give(peer(), "shared");
    EXPECT_EQ(take(*clone, 3), "sha");
    EXPECT_EQ(take(stream(), 3), "red");
    give(*clone, "from both");
    EXPECT_EQ(take(peer(), 9), "from both");
  }
  expect_alive();
}

}  // namespace mtcp::test
