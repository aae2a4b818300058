#include <array>
#include <atomic>
#include <limits>

#include "conformance/conformance.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"

// Laws of time: never early, never anew, and what is said of a whole call holds for the whole.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// The limits that are never, however they are said.
std::vector<Timeout> endless_limits() {
  return {Timeout(std::chrono::hours::max()),
          Timeout(std::chrono::nanoseconds::max()),
          Timeout(std::chrono::milliseconds(std::int64_t{1} << 32)),
          Timeout(std::chrono::duration<double>(std::numeric_limits<double>::infinity())),
          Timeout(Deadline::never()),
          Timeout(std::chrono::steady_clock::time_point::max()),
          idle(std::chrono::hours::max()),
          at_least(1 << 30, std::chrono::seconds::max()).within(Deadline::never())};
}

template <class T>
void expect_timed_out(const Result<T>& result, std::string_view what) {
  ASSERT_FALSE(result) << what;
  EXPECT_TRUE(result.error().timed_out()) << what << ": " << result.error().message();
}

}  // namespace

TEST_P(Conformance, WaitsEndAtTheirDeadlineAndNotEarlier) {  // T09, T12, T13
  fill();
  for (const Limit& limit : all_limits()) {
    const auto timeout = [&] { return limit.of(3ms); };
    for (const Call& call : reads()) {
      std::array<std::byte, 1> one;
      expect_ends_after(3ms,
                        [&] { expect_timed_out(call.run(stream(), one, timeout()), limit.name); });
    }
    for (const Call& call : writes())
      expect_ends_after(3ms, [&] { expect_timed_out(write_more(call, timeout), limit.name); });
  }
  expect_peer_gets(filled());
}

TEST_P(ConformanceInTime, WaitsOfAnySizeEndAtTheirDeadlineAndNotEarlier) {  // T09, T12
  fill();
  for (const std::chrono::nanoseconds d : {1ns, 50'000ns, 999'999ns, 1'000'001ns, 11'111'111ns}) {
    for (const Call& call : reads()) {
      std::array<std::byte, 1> one;
      expect_ends_after(d, [&] { expect_timed_out(call.run(stream(), one, d), call.name); });
    }
    for (const Call& call : writes())
      expect_ends_after(d,
                        [&] { expect_timed_out(write_more(call, [=] { return d; }), call.name); });
  }
}

TEST_P(Conformance, HugeTimeoutsDoNotEnd) {  // T05
  for (const Timeout& endless : endless_limits()) {
    auto reading = block_a_read(endless);
    EXPECT_EQ(reading.wait_for(3ms), std::future_status::timeout);
    give(peer(), "x");
    EXPECT_EQ(or_raise(reading.get()), 1U);
  }
  auto writing = block_a_write(std::chrono::hours::max());
  EXPECT_EQ(take(peer(), Conversation::too_much).size(), Conversation::too_much);
  EXPECT_TRUE(writing.get());
}

TEST_P(ConformanceInTime, ATotalBoundsAReadHoweverTheBytesTrickle) {  // T20
  const AtWork trickling(trickle(peer(), 2ms));
  std::vector<std::byte> bytes(100'000);
  for (const Call& call : reads()) {
    if (call.name == "read" || call.name == "peek") continue;  // end with the first byte
    for (const Limit& limit : total_limits()) {
      expect_ends_after(20ms, [&] {
        const auto result = call.run(stream(), bytes, limit.of(20ms));
        expect_timed_out(result, limit.name);
      });
    }
  }
}

TEST_P(ConformanceInTime, ATotalBoundsAWriteHoweverThePeerSips) {  // T21
  const AtWork sipping(sip(peer(), 16384, 2ms));
  auto bytes = pattern(2 * Conversation::too_much);
  for (const Call& call : writes()) {
    if (call.name == "write") continue;  // ends with the first byte
    for (const Limit& limit : total_limits()) {
      expect_ends_after(40ms, [&] {
        const auto result = call.run(stream(), bytes, limit.of(40ms));
        expect_timed_out(result, limit.name);
      });
    }
  }
}

TEST_P(Conformance, APassedDeadlineStaysPassed) {  // T22
  std::array<std::byte, 1> one;
  const Deadline deadline(2ms);
  expect_timed_out(stream().read(one, deadline), "read");
  // A read that waited anew would get the byte; on a slow machine it may be there before the read.
  bool timed_out = false;
  for (int tries = 0; tries < 10 && !timed_out; ++tries) {
    auto giving = std::async(std::launch::async, [&] {
      std::this_thread::sleep_for(10ms);
      give(peer(), "x");
    });
    const auto count = stream().read(one, deadline);
    timed_out = !count && count.error().timed_out();
    giving.get();
    if (!count) take(stream(), 1);
  }
  EXPECT_TRUE(timed_out);
}

TEST_P(ConformanceInTime, IdleStartsAnewWheneverBytesMove) {
  // A slow machine may make the peer pause for longer than that: once will do.
  const auto takes_longer_than_idle_once = [](std::chrono::nanoseconds silence,
                                              const std::function<Result<void>()>& operation) {
    for (int tries = 0; tries < 10; ++tries) {
      const auto start = std::chrono::steady_clock::now();
      if (operation() && std::chrono::steady_clock::now() - start > silence) return true;
    }
    return false;
  };
  if (!lacks(Extra::ReadExact)) {
    const AtWork trickling(trickle(peer(), 4ms));
    std::array<std::byte, 60> bytes;
    EXPECT_TRUE(takes_longer_than_idle_once(
        150ms, [&] { return stream().read_exact(bytes, idle(150ms)); }));
  }
  const AtWork sipping(sip(peer(), 65536, 8ms));
  const auto bytes = pattern(Conversation::too_much);
  EXPECT_TRUE(
      takes_longer_than_idle_once(300ms, [&] { return stream().write_all(bytes, idle(300ms)); }));
}

TEST_P(ConformanceInTime, ARateThrowsOutAPeerThatMovesTooLittle) {
  {
    AtWork trickling(trickle(peer(), 1ms));
    std::vector<std::byte> bytes(100'000);
    for (const Call& call : reads()) {
      if (call.name == "read" || call.name == "peek") continue;  // end with the first byte
      expect_ends_after(30ms, [&] {
        expect_timed_out(call.run(stream(), bytes, at_least(bytes.size(), 30ms)), call.name);
      });
    }
  }
  fill();
  const AtWork sipping(sip(peer(), 1, 1ms));
  const auto bytes = pattern(Conversation::too_much);
  expect_ends_after(30ms, [&] {
    expect_timed_out(stream().write_all(bytes, at_least(bytes.size(), 30ms)), "write_all");
  });
}

TEST_P(Conformance, TheDirectionsDoNotShareATimeout) {  // T17, T18
  auto reading = block_a_read();
  fill();  // which times out
  const std::size_t size = filled();
  EXPECT_EQ(reading.wait_for(0s), std::future_status::timeout);
  give(peer(), "x");
  EXPECT_EQ(or_raise(reading.get()), 1U);
  std::array<std::byte, 1> one;
  auto receiving = std::async(std::launch::async, [&] { return take(peer(), size).size(); });
  auto writing = std::async(std::launch::async, [&] {
    return stream().write_all(pattern(Conversation::too_much, size), patience);
  });
  expect_timed_out(stream().read(one, 1ms), "read");
  EXPECT_EQ(receiving.get(), size);
  EXPECT_EQ(take(peer(), Conversation::too_much).size(), Conversation::too_much);
  EXPECT_TRUE(writing.get());
}

TEST_P(Conformance, WithoutATimeoutTheDefaultHolds) {
  if (skip_without(Extra::DefaultTimeouts)) return;
  std::array<std::byte, 1> one;
  EXPECT_TRUE(stream().default_read_timeout().is_default());
  stream().set_default_timeouts(10ms, 15ms);
  EXPECT_EQ(stream().default_read_timeout(), Timeout(10ms));
  expect_ends_after(10ms, [&] { expect_timed_out(stream().read(one, {}), "read"); });
  const auto bytes = pattern(Conversation::too_much);
  expect_ends_after(15ms, [&] { expect_timed_out(stream().write_all(bytes, {}), "write_all"); });
  auto reading = block_a_read(Deadline::never());
  EXPECT_EQ(reading.wait_for(20ms), std::future_status::timeout);
  give(peer(), "x");
  EXPECT_EQ(or_raise(reading.get()), 1U);
  stream().set_default_timeouts({}, {});
  reading = block_a_read({});
  EXPECT_EQ(reading.wait_for(20ms), std::future_status::timeout);
  give(peer(), "x");
  EXPECT_EQ(or_raise(reading.get()), 1U);
}

}  // namespace mtcp::test
