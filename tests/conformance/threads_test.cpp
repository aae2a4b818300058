#include <algorithm>
#include <array>

#include "conformance/conformance.hpp"
#include "support/pattern.hpp"

// Several threads on one stream.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t much = std::size_t{1} << 20;

std::array<std::size_t, 256> histogram(std::span<const std::byte> bytes) {
  std::array<std::size_t, 256> counts{};
  for (const std::byte byte : bytes) ++counts[std::to_integer<std::size_t>(byte)];
  return counts;
}

}  // namespace

TEST_P(Conformance, ReadsAndWritesAtTheSameTime) {  // R38, law 8
  constexpr std::size_t other_place = 7 * much;
  auto there = std::async(std::launch::async, [&] {
    give_pattern(stream(), much);
    or_raise(stream().shutdown(Shutdown::Write));
  });
  auto back = std::async(std::launch::async, [&] {
    give_pattern(peer(), much, other_place);
    or_raise(peer().shutdown(Shutdown::Write));
  });
  auto receiving = std::async(std::launch::async, [&] { return take_rest(peer()); });
  const auto received = take_rest(stream());
  EXPECT_EQ(received.size(), much);
  EXPECT_TRUE(is_pattern(received, other_place));
  const auto received_there = receiving.get();
  EXPECT_EQ(received_there.size(), much);
  EXPECT_TRUE(is_pattern(received_there));
  there.get();
  back.get();
}

TEST_P(Conformance, ALargeTransferArrivesInOrder) {  // R18, R46
  auto sending = std::async(std::launch::async, [&] {
    give_pattern(peer(), 3 * much);
    or_raise(peer().shutdown(Shutdown::Write));
  });
  const auto received = take_rest(stream());
  EXPECT_EQ(received.size(), 3 * much);
  EXPECT_TRUE(is_pattern(received));
  sending.get();
}

TEST_P(Conformance, AnswersComeToManyQuestions) {  // R38
  const AtWork echoing([&] {
    std::array<std::byte, 64> bytes;
    const auto count = peer().read(bytes, 5ms);
    if (count) or_raise(peer().write_all(std::span(bytes).first(*count), patience));
  });
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string question = "question " + std::to_string(i);
    give(stream(), question);
    ASSERT_EQ(take(stream(), question.size()), question);
  }
}

TEST_P(Conformance, TwoReadersShareTheBytes) {  // R40, law 8
  if (skip_without(Extra::ManyReaders)) return;
  const auto clone = lacks(Extra::Clone) ? nullptr : stream().clone();
  auto one = std::async(std::launch::async, [&] { return take_rest(stream()); });
  auto other = std::async(std::launch::async, [&] { return take_rest(clone ? *clone : stream()); });
  give_pattern(peer(), much);
  or_raise(peer().shutdown(Shutdown::Write));
  auto received = one.get();
  std::ranges::copy(other.get(), std::back_inserter(received));
  EXPECT_EQ(received.size(), much);
  EXPECT_EQ(histogram(received), histogram(pattern(much)));
}

TEST_P(Conformance, TwoReadersBothWaitAndEachByteWakesOne) {  // law 8
  if (skip_without(Extra::ManyReaders)) return;
  const auto read = [&] {
    std::array<std::byte, 1> one;
    return stream().read(one, patience);
  };
  auto one = block(read);
  auto other = block(read, 2);
  give(peer(), "1");
  while (one.wait_for(1ms) != std::future_status::ready &&
         other.wait_for(1ms) != std::future_status::ready)
    continue;
  give(peer(), "2");
  EXPECT_EQ(or_raise(one.get()), 1U);
  EXPECT_EQ(or_raise(other.get()), 1U);
}

}  // namespace mtcp::test
