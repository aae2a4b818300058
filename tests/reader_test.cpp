#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/said.hpp"
#include "support/scripted_stream.hpp"
#include "support/seed.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using Results = std::vector<std::string>;
using Kind = TcpError::Kind;
using View = TcpReader::View;

TEST(Reader, ReadsLinesThatEndWithLfOrCrlf) {
  constexpr auto lines = "one\ntwo\r\n\n\r\na\rb\r\r\nlast\n"sv;
  for (const bool apart : {false, true}) {
    ScriptedStream stream;
    apart ? stream.bytes(lines) : stream.piece(lines);
    TcpReader reader(stream);
    EXPECT_EQ(all([&] { return said(reader.read_line(80)); }),
              (Results{"one", "two", "", "", "a\rb\r", "last", "<end>"}));
  }
}

// R26
TEST(Reader, FindsALineEndThatIsSplit) {
  ScriptedStream stream;
  stream.piece("on").piece("e\r").piece("\ntwo\r\nth").piece("ree\n");
  TcpReader reader(stream);
  EXPECT_EQ(all([&] { return said(reader.read_line(80)); }),
            (Results{"one", "two", "three", "<end>"}));
}

TEST(Reader, LimitsALineWithoutItsEnd) {
  for (const auto end : {"\n"sv, "\r\n"sv}) {
    for (const bool apart : {false, true}) {
      const std::string line = "12345" + std::string(end);
      ScriptedStream stream;
      apart ? stream.bytes(line) : stream.piece(line);
      TcpReader reader(stream);
      EXPECT_EQ(said(reader.read_line(4)), "<too big>");
      const auto kept = text(reader.buffered());
      EXPECT_TRUE(line.starts_with(kept) && kept.size() >= 5) << kept;
      EXPECT_EQ(said(reader.read_line(5)), "12345");
      EXPECT_EQ(said(reader.read_line(0)), "<end>");
    }
  }
}

TEST(Reader, DoesNotReadOnOnceALineIsTooBig) {
  ScriptedStream stream;
  stream.bytes("123456789\n");
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_line(4)), "<too big>");
  EXPECT_EQ(stream.reads, 5U);
  EXPECT_EQ(said(reader.read_line(4)), "<too big>");
  EXPECT_EQ(stream.reads, 5U);
  EXPECT_EQ(said(reader.read_line(80)), "123456789");
}

// R24
TEST(Reader, TellsAnEndWithinALineFromOneBetweenTwo) {
  ScriptedStream stream;
  stream.piece("one\ntw");
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_line(80)), "one");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(said(reader.read_line(80)), "<incomplete>");
  EXPECT_EQ(text(reader.buffered()), "tw");
  reader.consume(80);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(said(reader.read_line(80)), "<end>");
}

// R26, R27
TEST(Reader, ReadsUpToADelimiterHoweverItIsSplit) {
  constexpr auto message = "head\r\n\r\nbody\r\n\r\r\n\r\n\r\n\r\n"sv;
  for (std::size_t first = 0; first < message.size(); ++first) {
    for (std::size_t second = first + 1; second < message.size(); ++second) {
      ScriptedStream stream;
      if (first > 0) stream.piece(message.substr(0, first));
      stream.piece(message.substr(first, second - first)).piece(message.substr(second));
      TcpReader reader(stream);
      EXPECT_EQ(all([&] { return said(reader.read_until("\r\n\r\n", 80)); }),
                (Results{"head\r\n\r\n", "body\r\n\r\r\n\r\n", "\r\n\r\n", "<end>"}))
          << first << " " << second;
    }
  }
}

TEST(Reader, ReadsUpToADelimiterThatBeginsLikeItself) {
  ScriptedStream stream;
  stream.bytes("aaabaabab").bytes("\0\0"sv);
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_until("aab", 80)), "aaab");
  EXPECT_EQ(said(reader.read_until("aab", 80)), "aab");
  EXPECT_EQ(said(reader.read_until("\0"sv, 80)), "ab\0"s);
  EXPECT_EQ(said(reader.read_until("\0"sv, 80)), "\0"s);
}

TEST(Reader, LimitsAPartWithItsDelimiter) {
  for (const bool apart : {false, true}) {
    ScriptedStream stream;
    apart ? stream.bytes("1234;;rest;;") : stream.piece("1234;;rest;;");
    TcpReader reader(stream);
    EXPECT_EQ(said(reader.read_until(";;", 5)), "<too big>");
    EXPECT_GE(reader.buffered().size(), 5U);
    EXPECT_EQ(said(reader.read_until(";;", 6)), "1234;;");
    EXPECT_EQ(said(reader.read_until(";;", 6)), "rest;;");
  }
}

TEST(Reader, TellsAnEndWithinAPart) {
  ScriptedStream stream;
  stream.piece("12;");
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_until(";;", 80)), "<incomplete>");
  EXPECT_EQ(text(reader.buffered()), "12;");
}

TEST(Reader, RefusesAnEmptyDelimiter) {
  ScriptedStream stream;
  TcpReader reader(stream.piece("text"));
  const auto part = reader.read_until("", 80);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error(), std::errc::invalid_argument);
  EXPECT_EQ(part.error().message(), "read_until from 127.0.0.1:7: the delimiter is empty");
}

TEST(Reader, ReadsExactly) {
  ScriptedStream stream;
  stream.piece("ab").piece("cdefg").piece("h");
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_exact(0)), "");
  EXPECT_EQ(stream.reads, 0U);
  EXPECT_EQ(said(reader.read_exact(4)), "abcd");
  EXPECT_EQ(said(reader.read_exact(4)), "efgh");
  EXPECT_EQ(said(reader.read_exact(0)), "");
  EXPECT_EQ(said(reader.read_exact(1)), "<incomplete>");
}

// R24
TEST(Reader, KeepsWhatThereIsWhenItIsNotAll) {
  ScriptedStream stream;
  TcpReader reader(stream.piece("abc"));
  const auto exact = reader.read_exact(4);
  ASSERT_FALSE(exact);
  EXPECT_EQ(exact.error().kind(), Kind::Incomplete);
  EXPECT_EQ(exact.error().transferred(), 3U);
  EXPECT_EQ(said(reader.read_exact(3)), "abc");
}

// R37
TEST(Reader, PeeksWithoutConsuming) {
  ScriptedStream stream;
  stream.piece("ab").piece("cd");
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.peek()), "ab");
  EXPECT_EQ(said(reader.peek()), "ab");
  EXPECT_EQ(said(reader.peek(3)), "abcd");
  EXPECT_EQ(said(reader.peek(9)), "abcd");  // all there is before the end
  EXPECT_EQ(said(reader.read_exact(4)), "abcd");
  EXPECT_EQ(said(reader.peek()), "");
}

TEST(Reader, ReadsFromTheBufferBeforeTheStream) {
  ScriptedStream stream;
  stream.piece("line\nrest").piece("more");
  TcpReader reader(stream);
  std::array<char, 3> buffer;
  EXPECT_EQ(said(reader.read_line(80)), "line");
  EXPECT_EQ(reader.read(buffer), 3U);
  EXPECT_EQ(std::string_view(buffer.data(), 3), "res");
  EXPECT_EQ(reader.read(buffer), 1U);
  EXPECT_EQ(stream.reads, 1U);
  EXPECT_EQ(reader.read(buffer), 3U);
  EXPECT_EQ(reader.read(buffer), 1U);
  EXPECT_EQ(reader.read(buffer), 0U);
}

TEST(Reader, ConsumesWhatItIsToldOrAll) {
  ScriptedStream stream;
  TcpReader reader(stream.piece("abcdef"));
  ASSERT_TRUE(reader.peek());
  reader.consume(2);
  EXPECT_EQ(text(reader.buffered()), "cdef");
  reader.consume(0);
  reader.consume(std::numeric_limits<std::size_t>::max());
  EXPECT_TRUE(reader.buffered().empty());
}

// T15, C05, C08
TEST(Reader, GoesOnWhereAnErrorBrokeItOff) {
  const std::vector<std::function<std::string(TcpReader&)>> calls = {
      [](TcpReader& reader) { return said(reader.read_line(80)); },
      [](TcpReader& reader) { return said(reader.read_until("\r\n", 80)); },
      [](TcpReader& reader) { return said(reader.read_frame({1, std::endian::big}, 80)); },
      [](TcpReader& reader) { return said(reader.read_exact(8)); },
      [](TcpReader& reader) { return said(reader.peek(8)); }};
  const Results whole = {"\6hello", "\6hello\r\n", "hello\r", "\6hello\r\n", "\6hello\r\n"};
  for (std::size_t i = 0; i < calls.size(); ++i) {
    ScriptedStream stream;
    for (const char& byte : "\6hello\r\n"sv)
      stream.error(Kind::TimedOut).error(Kind::Cancelled).piece({&byte, 1});
    TcpReader reader(stream);
    Results seen;
    do seen.push_back(calls[i](reader));
    while (seen.back() == "<timed out>" || seen.back() == "<cancelled>");
    EXPECT_EQ(seen.back(), whole[i]) << i;
    EXPECT_EQ(seen.size(), i == 2 ? 15U : 17U) << i;
  }
}

/// A peer that sends faster than anybody reads.
struct EndlessStream : ScriptedStream {
  Result<std::size_t> read(MutableBytes buffer, Timeout = {}) { return buffer.size(); }
};

TEST(Reader, EndsInTimeAlsoWhenDataNeverStopsComing) {
  EndlessStream stream;
  TcpReader reader(stream);
  constexpr std::size_t more_than_comes = std::size_t{1} << 26;
  for (const auto timeout : {0ms, 1ms}) {
    const auto bytes = reader.read_exact(more_than_comes, timeout);
    ASSERT_FALSE(bytes);
    EXPECT_TRUE(bytes.error().timed_out());
    EXPECT_GT(bytes.error().transferred(), 0U);
  }
}

/// A stream that says how much is there: `there` bytes when first asked, though more keep coming.
struct TellingStream : EndlessStream {
  explicit TellingStream(std::size_t bytes) : there(bytes) {}
  std::size_t available() const { return there; }

  std::size_t there;
};

TEST(Reader, TakesAllThatIsReadyWhenItsTimeIsOverAndNoMore) {
  constexpr std::size_t there = 5'000'000;
  TellingStream stream(there);
  TcpReader reader(stream);
  const auto bytes = reader.read_exact(there, 0s);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const auto more = reader.read_exact(2 * there, 0s);
  ASSERT_FALSE(more);
  EXPECT_TRUE(more.error().timed_out());
  EXPECT_GE(more.error().transferred(), there);
  EXPECT_LE(more.error().transferred(), there + 1);  // the last look may find one
}

TEST(Reader, TellsTheEndBehindWhatIsReadyWhenItsTimeIsOver) {
  struct : ScriptedStream {
    std::size_t available() const { return 3; }
  } stream;
  TcpReader reader(stream.piece("abc"));
  EXPECT_EQ(said(reader.read_exact(4, 0s)), "<incomplete>");
  EXPECT_EQ(said(reader.read_line(80, 0s)), "<incomplete>");
  EXPECT_EQ(said(reader.read_exact(3, 0s)), "abc");
  EXPECT_EQ(said(reader.read_line(80, 0s)), "<end>");
}

TEST(Reader, TakesItsBufferAlongWhenMoved) {
  ScriptedStream stream;
  TcpReader first(stream.piece("one\ntwo\nthree\n"));
  EXPECT_EQ(said(first.read_line(80)), "one");
  TcpReader second(std::move(first));
  EXPECT_TRUE(first.buffered().empty());
  first.consume(1);
  EXPECT_EQ(first.read_line(80).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(first.read_exact(0).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(first.peek().error(), std::errc::bad_file_descriptor);
  std::array<char, 3> buffer;
  EXPECT_EQ(first.read(buffer).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(said(second.read_line(80)), "two");
  first = std::move(second);
  EXPECT_EQ(text(first.buffered()), "three\n");
  EXPECT_TRUE(second.buffered().empty());
  EXPECT_EQ(said(first.read_line(80)), "three");
  EXPECT_EQ(said(first.read_line(80)), "<end>");
}

TEST(Reader, SaysHowManyBytesCameIntoTheBuffer) {
  ScriptedStream stream;
  stream.piece("abc").error(Kind::TimedOut).piece("d").error(Kind::Failed);
  TcpReader reader(stream);
  const auto first = reader.read_line(80);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().transferred(), 3U);
  EXPECT_EQ(first.error().message(), "read_line from 127.0.0.1:7: timed out after 3 bytes");
  EXPECT_EQ(reader.read_exact(9).error().transferred(), 1U);
}

// C02
TEST(Reader, IsCancelledBeforeItLooksIntoTheBuffer) {
  ScriptedStream stream;
  TcpReader reader(stream.piece("\3abc\nabc"));
  ASSERT_TRUE(reader.peek());
  stream.cancelled = true;
  std::array<char, 3> buffer;
  EXPECT_EQ(said(reader.read_line(80)), "<cancelled>");
  EXPECT_EQ(said(reader.read_until("\n", 80)), "<cancelled>");
  EXPECT_EQ(said(reader.read_until("", 80)), "<cancelled>");
  EXPECT_EQ(said(reader.read_frame({1, std::endian::big}, 80)), "<cancelled>");
  EXPECT_EQ(said(reader.read_exact(0)), "<cancelled>");
  EXPECT_EQ(said(reader.peek(0)), "<cancelled>");
  EXPECT_TRUE(reader.read(buffer).error().cancelled());
  EXPECT_TRUE(reader.read(std::span<char>()).error().cancelled());
  stream.cancelled = false;
  EXPECT_EQ(said(reader.read_frame({1, std::endian::big}, 80)), "abc");
}

TEST(Reader, KeepsAViewValidUntilTheNextOperation) {
  ScriptedStream stream;
  stream.piece("first\nsecond\n");
  TcpReader reader(stream);
  const auto line = reader.read_line(80);
  ASSERT_TRUE(line && *line);
  const View rest = reader.buffered();
  EXPECT_EQ(text(rest), "second\n");
  reader.consume(3);
  EXPECT_EQ(**line, "first");
  EXPECT_EQ(text(rest), "second\n");
}

/// What was sent, cut at random, and read by calls at random, is what was sent.
TEST(StressReader, IsByteExactHoweverTheBytesAreCut) {
  std::mt19937_64 random(make_seed());
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    ScriptedStream stream;
    std::vector<std::function<void(TcpReader&)>> calls;
    std::string sent;
    for (int message = 0; message < 40; ++message) {
      std::string body(below(message % 8 == 0 ? 9000 : 40), ' ');
      for (char& c : body) c = static_cast<char>('a' + below(26));
      switch (below(4)) {
        case 0:
          sent += body + (below(2) ? "\n" : "\r\n");
          calls.push_back([=](TcpReader& r) { EXPECT_EQ(said(r.read_line(body.size())), body); });
          break;
        case 1:
          sent += body + "--";
          calls.push_back([=](TcpReader& r) {
            EXPECT_EQ(said(r.read_until("--", body.size() + 2)), body + "--");
          });
          break;
        case 2:
          sent += length(body.size(), {2, std::endian::little}) + body;
          calls.push_back([=](TcpReader& r) {
            EXPECT_EQ(said(r.read_frame({2, std::endian::little}, body.size())), body);
          });
          break;
        default:
          sent += body;
          calls.push_back([=](TcpReader& r) { EXPECT_EQ(said(r.read_exact(body.size())), body); });
      }
    }
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t size = std::min(1 + below(below(3) ? 30 : 5000), sent.size() - at);
      stream.piece({&sent[at], size});
      at += size;
    }
    TcpReader reader(stream);
    for (const auto& call : calls) call(reader);
    ASSERT_EQ(said(reader.read_line(80)), "<end>");
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
}

}  // namespace
}  // namespace mtcp::test
