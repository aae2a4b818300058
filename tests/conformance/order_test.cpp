#include <array>
#include <limits>

#include "conformance/conformance.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"

// Laws 1 and 6: a cancelled state comes first, then what is ready, then the deadline; and empty
// buffers.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// Limits that are over when they begin, or were over long ago.
std::vector<Timeout> passed_limits() {
  std::vector<Timeout> passed = {Timeout(std::chrono::hours::min()), idle(1h).within(-1ns),
                                 Deadline(-1h)};
  for (const Limit& limit : all_limits())
    for (const auto d : {0ns, -1ns, std::chrono::nanoseconds(-5s), std::chrono::nanoseconds::min()})
      passed.push_back(limit.of(d));
  return passed;
}

}  // namespace

TEST_P(Conformance, LacksWhatItSaysAndNothingElse) {
  for (const Extra extra : all_extras) EXPECT_NE(stream().has(extra), lacks(extra));
  for (const Lack& lack : GetParam().lacks) EXPECT_FALSE(lack.reason.empty());
}

TEST_P(Conformance, CancelledComesFirst) {  // C01, C02, C17
  give(peer(), "ready");
  conversation().await_bytes(5);
  cancel();
  std::array<std::byte, 4> bytes{};
  for (const auto& calls : {reads(), writes()}) {
    for (const Call& call : calls) {
      for (const std::size_t size : {std::size_t{0}, std::size_t{1}, bytes.size()}) {
        for (const Timeout timeout : {Timeout(patience), Timeout(0s), Timeout(Deadline(-1h))}) {
          const auto result = call.run(stream(), std::span(bytes).first(size), timeout);
          ASSERT_FALSE(result) << call.name << " of " << size;
          EXPECT_TRUE(result.error().cancelled()) << result.error().message();
          EXPECT_EQ(result.error(), std::errc::operation_canceled);
          EXPECT_EQ(result.error().transferred(), 0U);
        }
      }
    }
  }
  EXPECT_EQ(bytes, (std::array<std::byte, 4>{}));
  restart();
  EXPECT_EQ(take(stream(), 5), "ready");
  give(stream(), "only this");
  or_raise(stream().shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(peer()).size(), 9U) << "a cancelled write has sent something";
}

TEST_P(Conformance, CancelledComesBeforeTheEnd) {
  or_raise(peer().shutdown(Shutdown::Write));
  conversation().await_end();
  cancel();
  expect_reads_cancelled();
  restart();
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(stream().read(one, patience)), 0U);
}

TEST_P(Conformance, CancelledComesBeforeAReset) {
  conversation().reset_by_peer();
  conversation().await_reset();
  cancel();
  expect_reads_cancelled();
  restart();
  expect_reset_for_ever();
}

TEST_P(Conformance, EmptyBuffersSucceedAtOnceAndAreNotTheEnd) {  // R21, R22
  const auto expect_success = [&](const std::vector<Call>& calls, std::string_view when) {
    for (const Call& call : calls) {
      if (call.name == "read_to_end") continue;  // has no buffer that could be empty
      for (const Timeout timeout : {Timeout(patience), Timeout(0s), Timeout(-1h)}) {
        const auto result = call.run(stream(), {}, timeout);
        EXPECT_TRUE(result) << call.name << " " << when << ": " << result.error().message();
      }
    }
  };
  expect_success(reads(), "with nothing to read");
  expect_success(writes(), "with room");
  give(peer(), "still there");
  conversation().await_bytes(11);
  expect_success(reads(), "with bytes to read");
  EXPECT_EQ(take(stream(), 11), "still there");
  fill();
  expect_success(writes(), "without room");
}

TEST_P(Conformance, ReadyDataWinsOverAPassedDeadline) {  // T01, T08
  std::size_t place = 0;
  for (const Timeout& passed : passed_limits()) {
    for (const Call& call : reads()) {
      if (call.name == "read_to_end") continue;  // has an own test
      const auto sent = pattern(3, place);
      or_raise(peer().write_all(sent, patience));
      conversation().await_bytes(3);
      std::array<std::byte, 3> bytes{};
      const auto result = call.run(stream(), bytes, passed);
      ASSERT_TRUE(result) << call.name << ": " << result.error().message();
      EXPECT_TRUE(is_pattern(bytes, place));
      if (call.name == "peek") take(stream(), 3);
      place += 3;
    }
  }
}

TEST_P(Conformance, RoomWinsOverAPassedDeadline) {  // T03
  std::size_t place = 0;
  for (const Timeout& passed : passed_limits()) {
    for (const Call& call : writes()) {
      auto bytes = pattern(3, place);
      const auto result = call.run(stream(), bytes, passed);
      ASSERT_TRUE(result) << call.name << ": " << result.error().message();
      place += bytes.size();
    }
  }
  expect_peer_gets(place);
}

TEST_P(Conformance, EndWinsOverAPassedDeadline) {
  or_raise(peer().shutdown(Shutdown::Write));
  conversation().await_end();
  std::array<std::byte, 1> one;
  for (const Timeout& passed : passed_limits()) {
    const auto count = stream().read(one, passed);
    ASSERT_TRUE(count) << count.error().message();
    EXPECT_EQ(*count, 0U);
  }
}

TEST_P(Conformance, NothingReadyAndAPassedDeadlineEndsAtOnce) {  // T07, T08
  const auto expect_timed_out = [](const Call& call, const Result<void>& result) {
    ASSERT_FALSE(result) << call.name;
    EXPECT_TRUE(result.error().timed_out()) << result.error().message();
    EXPECT_EQ(result.error(), std::errc::timed_out);
    EXPECT_EQ(result.error().transferred(), 0U);
  };
  fill();
  expect_prompt([&] {
    for (const Timeout& passed : passed_limits()) {
      std::array<std::byte, 1> one;
      for (const Call& call : reads()) expect_timed_out(call, call.run(stream(), one, passed));
      for (const Call& call : writes())
        expect_timed_out(call, write_more(call, [&] { return passed; }));
    }
  });
  expect_peer_gets(filled());
}

}  // namespace mtcp::test
