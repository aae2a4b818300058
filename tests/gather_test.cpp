#include <atomic>
#include <future>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Gather : public NarrowlyConnected {};

/// Counts the calls that send while it lives.
class SendCounter {
 public:
  unsigned count() const { return count_.load(); }

 private:
  std::atomic<unsigned> count_{0};
  SystemCallJudge judge_{[this](const SystemCall& call) {
    if (call.name == "send" || call.name == "sendmsg") ++count_;
    return Verdict::pass();
  }};
};

/// Cuts `bytes` into pieces of random sizes, empty ones among them.
std::vector<ConstBytes> cut(std::span<const std::byte> bytes, std::size_t largest) {
  std::mt19937 random(1);
  std::vector<ConstBytes> pieces;
  while (!bytes.empty()) {
    const auto size = std::min<std::size_t>(random() % (largest + 1), bytes.size());
    pieces.emplace_back(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  pieces.emplace_back();
  return pieces;
}

/// What is left of `pieces` when `sent` bytes of them are gone.
std::vector<ConstBytes> rest_of(const std::vector<ConstBytes>& pieces, std::size_t sent) {
  std::vector<ConstBytes> rest;
  for (const ConstBytes& piece : pieces) {
    const auto gone = std::min(sent, piece.size());
    rest.emplace_back(std::span(piece.data(), piece.size()).subspan(gone));
    sent -= gone;
  }
  return rest;
}

TEST_F(Gather, SendsHeadAndBodyInOneSystemCall) {
  const SendCounter sends;
  or_raise(client_.write_all({"HTTP/1.1 200 OK\r\n\r\n"sv, "hello\n"sv}));
  EXPECT_EQ(sends.count(), 1U);
  EXPECT_EQ(take(server_, 25), "HTTP/1.1 200 OK\r\n\r\nhello\n");
}

TEST_F(Gather, SendsOnePieceAmongEmptyOnesInOneSystemCall) {
  const SendCounter sends;
  or_raise(client_.write_all({""sv, "one"sv, ""sv, ""sv}));
  EXPECT_EQ(sends.count(), 1U);
  EXPECT_EQ(take(server_, 3), "one");
}

TEST_F(Gather, WriteHandsOverSeveralPiecesByOneSystemCall) {
  const std::vector<ConstBytes> pieces = {""sv, "head "sv, ""sv, "body"sv, ""sv};
  const SendCounter sends;
  EXPECT_EQ(or_raise(client_.write(pieces)), 9U);
  EXPECT_EQ(sends.count(), 1U);
  EXPECT_EQ(take(server_, 9), "head body");
}

TEST_F(Gather, WriteReturnsAsSoonAsSomethingIsTaken) {
  const auto bytes = pattern(too_much);
  const std::vector<ConstBytes> pieces = {std::span(bytes).first(10), std::span(bytes).subspan(10)};
  const std::size_t sent = or_raise(client_.write(pieces, 60s));
  EXPECT_GT(sent, 10U);
  EXPECT_LT(sent, too_much);
  std::vector<std::byte> received(sent);
  or_raise(server_.read_exact(received, 60s));
  EXPECT_TRUE(is_pattern(received));
  fill(client_);
  EXPECT_TRUE(error_of(client_.write(pieces, 20ms)).timed_out());
}

TEST_F(Gather, WriteOfEmptyPiecesIsSuccessUnlessCancelled) {
  const std::vector<ConstBytes> pieces(3);
  EXPECT_EQ(or_raise(client_.write(pieces)), 0U);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(client_.write(pieces)).cancelled());
}

TEST_F(Gather, TakesPiecesOfDifferentKinds) {
  const std::string text = "text ";
  const std::vector<unsigned char> raw = {'r', 'a', 'w', ' '};
  or_raise(client_.write_all({text, raw, u8"utf8"sv}));
  const std::vector<ConstBytes> pieces = {text, raw};
  or_raise(client_.write_all(pieces));
  EXPECT_EQ(take(server_, 22), "text raw utf8text raw ");
}

TEST_F(Gather, SendsMorePiecesThanOneSystemCallTakes) {
  for (const std::size_t count : {1023U, 1024U, 1025U, 5000U}) {
    const auto bytes = pattern(count);
    std::vector<ConstBytes> pieces;
    for (std::size_t i = 0; i < count; ++i) pieces.emplace_back(std::span(bytes).subspan(i, 1));
    const SendCounter sends;
    or_raise(client_.write_all(pieces, 60s));
    EXPECT_LE(sends.count(), (count + 1023) / 1024);
    std::vector<std::byte> received(count);
    or_raise(server_.read_exact(received, 60s));
    EXPECT_TRUE(is_pattern(received));
  }
}

TEST_F(Gather, SkipsAnyNumberOfEmptyPieces) {
  std::vector<ConstBytes> pieces(100'000);
  pieces[1500] = "middle "sv;
  pieces.back() = "last"sv;
  const SendCounter sends;
  or_raise(client_.write_all(pieces, 60s));
  EXPECT_EQ(sends.count(), 1U);
  EXPECT_EQ(take(server_, 11), "middle last");
}

TEST_F(Gather, GoesOnInTheMiddleOfAPieceAfterAShortWrite) {  // R34
  const auto bytes = pattern(20'000);
  const auto pieces = cut(bytes, 100);
  auto received = std::async(std::launch::async, [&] {
    std::vector<std::byte> all(bytes.size());
    or_raise(server_.read_exact(all, 60s));
    return is_pattern(all);
  });
  {
    std::atomic<unsigned> calls{0};
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name != "send" && call.name != "sendmsg") return Verdict::pass();
      return ++calls % 3 == 0 ? Verdict::fail(EINTR) : Verdict::shorten(calls % 2 == 0 ? 1 : 17);
    });
    EXPECT_TRUE(client_.write_all(pieces, 60s));
    EXPECT_TRUE(received.get());
    EXPECT_GE(calls.load(), bytes.size() / 17);
  }
}

TEST_F(Gather, WritesOneBufferExactlyByShortWritesToo) {  // R34
  const auto bytes = pattern(20'000);
  auto received = std::async(std::launch::async, [&] {
    std::vector<std::byte> all(bytes.size());
    or_raise(server_.read_exact(all, 60s));
    return is_pattern(all);
  });
  unsigned calls = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name != "send") return Verdict::pass();
    return ++calls % 3 == 0 ? Verdict::fail(EINTR) : Verdict::shorten(1);
  });
  EXPECT_TRUE(client_.write_all(bytes, 60s));
  EXPECT_TRUE(received.get());
  EXPECT_GE(calls, bytes.size());
}

TEST_F(Gather, CountsOverAllPiecesSoThatOneCanGoOnThere) {  // law 2
  const auto bytes = pattern(too_much);
  const auto pieces = cut(bytes, 100'000);
  const auto failed = client_.write_all(pieces, 50ms);
  ASSERT_TRUE(error_of(failed).timed_out());
  const auto sent = error_of(failed).transferred();
  EXPECT_GT(sent, 0U);
  auto received = std::async(std::launch::async, [&] {
    std::vector<std::byte> all(bytes.size());
    or_raise(server_.read_exact(all, 60s));
    return is_pattern(all);
  });
  or_raise(client_.write_all(rest_of(pieces, sent), 60s));
  EXPECT_TRUE(received.get());
}

TEST_F(Gather, CountsWhatItSentBeforeACancel) {  // C06
  const auto bytes = pattern(too_much);
  auto writing =
      std::async(std::launch::async, [&] { return client_.write_all(cut(bytes, 100'000)); });
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  const auto failed = writing.get();
  EXPECT_TRUE(error_of(failed).cancelled());
  or_raise(client_.shutdown(Shutdown::Write));
  manager_.restart();
  std::vector<std::byte> received;
  or_raise(server_.read_to_end(received, bytes.size(), 60s));
  EXPECT_EQ(received.size(), error_of(failed).transferred());
  EXPECT_TRUE(is_pattern(received));
}

TEST_F(Gather, SaysHowMuchWasSentBeforeTheSystemFailed) {
  unsigned calls = 0;
  Result<void> failed;
  {
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name != "sendmsg" && call.name != "send") return Verdict::pass();
      return ++calls == 3 ? Verdict::fail(ENOBUFS) : Verdict::shorten(2);
    });
    failed = client_.write_all({"abc"sv, "def"sv});
  }
  EXPECT_EQ(error_of(failed), std::errc::no_buffer_space);
  EXPECT_EQ(error_of(failed).transferred(), 3U);  // "ab" and "c"
  or_raise(client_.write_all("def"sv));           // the stream is not broken by that
  EXPECT_EQ(take(server_, 6), "abcdef");
}

}  // namespace
}  // namespace mtcp::test
