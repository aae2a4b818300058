#include <algorithm>
#include <array>
#include <atomic>

#include "conformance/conformance.hpp"
#include "support/errors.hpp"
#include "support/pattern.hpp"

// Laws 2 and 3: nothing is lost, nothing comes twice, and the stream goes on exactly there after
// TimedOut, and after Cancelled once restarted.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t much = 300'000;

/// A transfer that is broken off and gone on with, again and again.
class Resumed {
 public:
  explicit Resumed(Conversation& conversation) : conversation_(conversation) {}

  /// Reads `size` bytes, in pieces of odd sizes, however often that fails.
  std::vector<std::byte> read(std::size_t size, Timeout timeout) {
    std::vector<std::byte> all(size);
    std::span<std::byte> rest = all;
    for (std::size_t round = 0; !rest.empty(); ++round) {
      const auto piece = rest.first(std::min(rest.size(), odd_size(round)));
      const auto count = conversation_.stream().read(piece, timeout);
      if (!count) {
        note(count.error());
        continue;
      }
      if (*count == 0) break;
      rest = rest.subspan(*count);
    }
    all.resize(size - rest.size());
    return all;
  }

  /// Writes `size` bytes, by turns with write and with write_all.
  void write(std::size_t size, Timeout timeout) {
    const auto all = pattern(size);
    std::span<const std::byte> rest = all;
    for (std::size_t round = 0; !rest.empty(); ++round) {
      if (round % 3 == 0) {
        const auto count = conversation_.stream().write(rest, timeout);
        if (!count) note(count.error());
        if (count) rest = rest.subspan(*count);
      } else {
        const auto written = conversation_.stream().write_all(rest, timeout);
        if (!written) note(written.error());
        rest = rest.subspan(written ? rest.size() : written.error().transferred());
      }
    }
  }

  unsigned timed_out() const { return timed_out_; }
  unsigned cancelled() const { return cancelled_; }

 private:
  void note(const TcpError& error) {
    if (error.timed_out()) {
      ++timed_out_;
      return;
    }
    if (!error.cancelled()) error.raise();
    ++cancelled_;
    conversation_.manager().restart();
  }

  Conversation& conversation_;
  unsigned timed_out_ = 0;
  unsigned cancelled_ = 0;
};

/// Sends the pattern with pauses, some of which are longer than what a system that counts in
/// milliseconds takes for a short timeout; then the end of the stream.
std::function<void()> give_slowly(AnyStream& stream) {
  return [&stream, place = std::size_t{0}, round = std::size_t{0}]() mutable {
    if (place == much) return std::this_thread::sleep_for(1ms);
    const std::size_t size = std::min(much - place, odd_size(++round));
    or_raise(stream.write_all(pattern(size, place), patience));
    place += size;
    if (place == much) or_raise(stream.shutdown(Shutdown::Write));
    std::this_thread::sleep_for(round % 16 == 0 ? 5ms : 300us);
  };
}

}  // namespace

TEST_P(Conformance, ReadsGoOnAfterTimeouts) {  // T15, T19
  Resumed transfer(conversation());
  std::array<std::byte, 3> bytes;
  EXPECT_TRUE(error_of(stream().read(bytes, 1ms)).timed_out());
  const AtWork giving(give_slowly(peer()));
  const auto received = transfer.read(much, 50us);
  EXPECT_EQ(received.size(), much);
  EXPECT_TRUE(is_pattern(received));
  EXPECT_NE(transfer.timed_out(), 0U);
}

TEST_P(Conformance, WritesGoOnAfterTimeouts) {  // T19, R18
  std::vector<std::byte> received;
  Resumed transfer(conversation());
  AtWork sipping(sip(peer(), 50'000, 500us, &received));
  transfer.write(4 * much, 300us);
  sipping.stop();
  or_raise(stream().shutdown(Shutdown::Write));
  std::ranges::copy(take_rest(peer()), std::back_inserter(received));
  EXPECT_EQ(received.size(), 4 * much);
  EXPECT_TRUE(is_pattern(received));
  EXPECT_NE(transfer.timed_out(), 0U);
}

TEST_P(Conformance, ReadsGoOnAfterCancels) {  // C05, C23, C25
  Resumed transfer(conversation());
  const AtWork giving(give_slowly(peer()));
  AtWork cancelling([&] {
    cancel();
    std::this_thread::sleep_for(300us);
  });
  const auto received = transfer.read(much, patience);
  cancelling.stop();
  restart();
  EXPECT_EQ(received.size(), much);
  EXPECT_TRUE(is_pattern(received));
  EXPECT_NE(transfer.cancelled(), 0U);
  give(stream(), "there");
  EXPECT_EQ(take(peer(), 5), "there");
}

TEST_P(Conformance, WritesGoOnAfterCancels) {  // C06, C07
  std::vector<std::byte> received;
  Resumed transfer(conversation());
  AtWork sipping(sip(peer(), 50'000, 500us, &received));
  AtWork cancelling([&] {
    cancel();
    std::this_thread::sleep_for(300us);
  });
  transfer.write(4 * much, patience);
  cancelling.stop();
  sipping.stop();
  restart();
  or_raise(stream().shutdown(Shutdown::Write));
  std::ranges::copy(take_rest(peer()), std::back_inserter(received));
  EXPECT_EQ(received.size(), 4 * much);
  EXPECT_TRUE(is_pattern(received));
  EXPECT_NE(transfer.cancelled(), 0U);
}

TEST_P(Conformance, TransferredIsWhatThePeerSees) {  // T13, T21
  const auto bytes = pattern(Conversation::too_much);
  std::size_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    const auto failed = stream().write_all(std::span(bytes).subspan(sum), 10ms);
    EXPECT_TRUE(error_of(failed).timed_out()) << error_of(failed).message();
    sum += error_of(failed).transferred();
  }
  EXPECT_GT(sum, 0U);
  expect_peer_gets(sum);
}

TEST_P(Conformance, TransferredOfACancelledWriteIsWhatThePeerSees) {  // C06
  auto writing = block_a_write();
  cancel();
  const auto failed = writing.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  restart();
  expect_peer_gets(error_of(failed).transferred());
}

TEST_P(Conformance, AWriteTakesAtLeastOneByteAndSaysHowMany) {  // R19
  const auto bytes = pattern(Conversation::too_much);
  const std::size_t count = or_raise(stream().write(bytes, patience));
  EXPECT_GE(count, 1U);
  EXPECT_LT(count, bytes.size());
  expect_peer_gets(count);
}

TEST_P(Conformance, ReadExactGoesOnInMidMessage) {  // C08, T19
  if (skip_without(Extra::ReadExact)) return;
  std::array<std::byte, 10> bytes{};
  const auto expect_four_of_ten = [&](const Result<void>& failed) {
    EXPECT_EQ(error_of(failed).transferred(), 4U);
    const std::size_t filled = stream().filled(error_of(failed));
    EXPECT_TRUE(is_pattern(std::span(bytes).first(filled)));
    or_raise(peer().write_all(pattern(6, 4), patience));
    or_raise(stream().read_exact(std::span(bytes).subspan(filled), patience));
    EXPECT_TRUE(is_pattern(bytes));
    bytes = {};
  };
  or_raise(peer().write_all(pattern(4), patience));
  conversation().await_bytes(4);
  auto failed = stream().read_exact(bytes, 2ms);
  EXPECT_TRUE(error_of(failed).timed_out());
  expect_four_of_ten(failed);

  or_raise(peer().write_all(pattern(4), patience));
  conversation().await_bytes(4);
  auto reading = block([&] { return stream().read_exact(bytes, patience); });
  cancel();
  failed = reading.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  restart();
  expect_four_of_ten(failed);
}

TEST_P(Conformance, ReadAllAndReadToEndKeepWhatTheyRead) {  // R24, C08
  if (skip_without(Extra::ReadAll) || skip_without(Extra::ReadToEnd)) return;
  std::string text;
  const auto has_line = [](std::string_view seen) { return seen.ends_with('\n'); };
  give(peer(), "a li");
  conversation().await_bytes(4);
  EXPECT_TRUE(error_of(stream().read_all(text, {.timeout = 2ms}, has_line)).timed_out());
  EXPECT_EQ(text, "a li");
  auto reading = block([&] { return stream().read_all(text, {.timeout = patience}, has_line); });
  cancel();
  EXPECT_TRUE(error_of(reading.get()).cancelled());
  restart();
  give(peer(), "ne\n");
  or_raise(stream().read_all(text, {.timeout = patience}, has_line));
  EXPECT_EQ(text, "a line\n");

  give(peer(), "rest");
  conversation().await_bytes(4);
  EXPECT_TRUE(error_of(stream().read_to_end(text, 100, 2ms)).timed_out());
  EXPECT_EQ(text, "a line\nrest");
  EXPECT_EQ(error_of(stream().read_all(text, {.limit = 11}, has_line)).kind(),
            TcpError::Kind::TooBig);
  give(peer(), "!");
  or_raise(peer().shutdown(Shutdown::Write));
  EXPECT_EQ(error_of(stream().read_to_end(text, 11, patience)).kind(), TcpError::Kind::TooBig);
  EXPECT_EQ(or_raise(stream().read_to_end(text, 12, patience)), 1U);
  EXPECT_EQ(text, "a line\nrest!");
  const auto failed = stream().read_all(text, {.timeout = patience}, has_line);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
}

TEST_P(Conformance, GatheredWritesGoOnByTheirCount) {
  if (skip_without(Extra::Gather)) return;
  const auto bytes = pattern(Conversation::too_much);
  const std::span<const std::byte> all = bytes;
  const std::array<ConstBytes, 4> pieces = {all.first(1), ConstBytes(), all.subspan(1, 70'000),
                                            all.subspan(70'001)};
  const auto failed = stream().write_pieces(pieces, 5ms);
  EXPECT_TRUE(error_of(failed).timed_out());
  const std::size_t done = error_of(failed).transferred();
  auto receiving = std::async(std::launch::async, [&] { return take_rest(peer()); });
  const std::array<ConstBytes, 2> others = {all.subspan(done, 1), all.subspan(done + 1)};
  or_raise(stream().write_pieces(others, patience));
  or_raise(stream().shutdown(Shutdown::Write));
  const auto received = receiving.get();
  EXPECT_EQ(received.size(), bytes.size());
  EXPECT_TRUE(is_pattern(received));
}

TEST_P(Conformance, PeekShowsTheSameBytesUntilTheyAreRead) {  // R37
  if (skip_without(Extra::Peek)) return;
  give(peer(), "twice");
  conversation().await_bytes(5);
  for (int i = 0; i < 3; ++i) {
    std::string seen(3, '.');
    EXPECT_EQ(or_raise(stream().peek(seen, 0s)), 3U);
    EXPECT_EQ(seen, "twi");
  }
  EXPECT_EQ(take(stream(), 5), "twice");
  std::array<std::byte, 1> one;
  EXPECT_TRUE(error_of(stream().peek(one, 1ms)).timed_out());
  auto peeking = block([this] {
    std::array<std::byte, 1> first;
    return stream().peek(first, patience);
  });
  give(peer(), "p");
  EXPECT_EQ(or_raise(peeking.get()), 1U);
  EXPECT_EQ(take(stream(), 1), "p");
}

}  // namespace mtcp::test
