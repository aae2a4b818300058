#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/said.hpp"
#include "support/scripted_stream.hpp"

namespace mtcp::test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Results = std::vector<std::string>;

TEST(ReaderFrame, ReadsFramesWithEveryKindOfLength) {
  const std::string body(200, 'x');
  for (const unsigned size : {1U, 2U, 4U, 8U}) {
    for (const auto order : {std::endian::big, std::endian::little}) {
      const FrameLength format{size, order};
      const auto frames =
          length(3, format) + "abc" + length(0, format) + length(200, format) + body;
      for (const bool apart : {false, true}) {
        ScriptedStream stream;
        apart ? stream.bytes(frames) : stream.piece(frames);
        TcpReader reader(stream);
        EXPECT_EQ(all([&] { return said(reader.read_frame(format, 200)); }),
                  (Results{"abc", "", body, "<end>"}))
            << size;
      }
    }
  }
}

TEST(ReaderFrame, ReadsEachByteOfALength) {
  ScriptedStream stream;
  const std::string big(0x0102, 'x');
  stream.piece("\x01\x02" + big).piece("\x02\x01" + big).piece("\0\1\0\0"s + big);
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_frame({2, std::endian::big}, 1000)), big);
  EXPECT_EQ(said(reader.read_frame({2, std::endian::little}, 1000)), big);
  EXPECT_EQ(said(reader.read_frame({4, std::endian::big}, 0xffff)), "<too big>");
}

TEST(ReaderFrame, LimitsAFrameAndConsumesNothingOfOneThatIsTooBig) {
  ScriptedStream stream;
  stream.piece("\0\0\0\5hello"sv);
  TcpReader reader(stream);
  EXPECT_EQ(said(reader.read_frame({}, 4)), "<too big>");
  EXPECT_EQ(text(reader.buffered()), "\0\0\0\5hello"s);
  EXPECT_EQ(said(reader.read_frame({}, 5)), "hello");
}

TEST(ReaderFrame, TakesNoMemoryForALengthThatLies) {
  constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
  for (const std::uint64_t lie :
       {std::uint64_t{1} << 40, std::uint64_t{1} << 63, ~std::uint64_t{0} - 8,
        ~std::uint64_t{0} - 7, ~std::uint64_t{0}}) {
    ScriptedStream stream;
    stream.piece(length(lie, {8, std::endian::big}) + "hello");
    TcpReader reader(stream);
    // Not std::bad_alloc, for one, nor a frame that is none.
    const auto frame = said(reader.read_frame({8, std::endian::big}, no_limit));
    EXPECT_EQ(frame, lie > no_limit - 8 ? "<too big>" : "<incomplete>");
    EXPECT_EQ(reader.buffered().size(), 13U);
  }
}

TEST(ReaderFrame, TellsAnEndWithinAFrame) {
  for (const auto part : {"\0"sv, "\0\0\0\3"sv, "\0\0\0\3ab"sv}) {
    ScriptedStream stream;
    TcpReader reader(stream.piece(part));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(said(reader.read_frame({}, 80)), "<incomplete>");
    EXPECT_EQ(text(reader.buffered()), part);
  }
}

TEST(ReaderFrame, RefusesImpossibleLengths) {
  ScriptedStream stream;
  TcpReader reader(stream.piece("text"));
  for (const unsigned size : {0U, 3U, 5U, 9U, 64U}) {
    const auto frame = reader.read_frame({size, std::endian::big}, 80);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error(), std::errc::invalid_argument);
  }
}

}  // namespace
}  // namespace mtcp::test
