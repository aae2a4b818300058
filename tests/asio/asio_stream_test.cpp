#include <array>
#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "edition.hpp"
#include "internals.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"

// A stream of mtcp under Asio's names.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
namespace asio = edition::asio;
using edition::error_code;

class AsioStreamTest : public Connected {
 protected:
  edition::Stream<> stream_{std::move(client_)};
  TcpStream& peer_ = server_;
  error_code error_;
};

TEST_F(AsioStreamTest, ReadsWhatIsThere) {
  give(peer_, "hello");
  std::array<char, 16> buffer{};
  EXPECT_EQ(stream_.read_some(asio::buffer(buffer), error_), 5U);
  EXPECT_FALSE(error_) << error_.message();
  EXPECT_EQ(std::string(buffer.data(), 5), "hello");
}

TEST_F(AsioStreamTest, ReadsIntoTheFirstBufferThatIsNotEmpty) {
  give(peer_, "hello");
  std::array<char, 2> first{};
  std::array<char, 16> second{};
  const std::vector<asio::mutable_buffer> buffers = {{}, asio::buffer(first), asio::buffer(second)};
  EXPECT_EQ(asio::read(stream_, buffers, asio::transfer_exactly(5)), 5U);
  EXPECT_EQ(std::string(first.data(), 2) + std::string(second.data(), 3), "hello");
}

TEST_F(AsioStreamTest, MovesNothingWithoutBuffers) {
  error_ = asio::error::eof;
  EXPECT_EQ(stream_.read_some(asio::mutable_buffer(), error_), 0U);
  EXPECT_FALSE(error_);
  error_ = asio::error::eof;
  EXPECT_EQ(stream_.write_some(std::vector<asio::const_buffer>(3), error_), 0U);
  EXPECT_FALSE(error_);
}

TEST_F(AsioStreamTest, WritesAllPiecesByOneCall) {
  const std::string head = "head ";
  const std::string body = "body";
  const std::vector<asio::const_buffer> buffers = {asio::buffer(head), {}, asio::buffer(body)};
  EXPECT_EQ(stream_.write_some(buffers, error_), 9U);
  EXPECT_EQ(take(peer_, 9), "head body");
}

TEST_F(AsioStreamTest, WritesMorePiecesThanOneCallTakes) {
  const std::string piece = "abc";
  const std::vector<asio::const_buffer> buffers(100, asio::buffer(piece));
  EXPECT_EQ(asio::write(stream_, buffers), 300U);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += piece;
  EXPECT_EQ(take(peer_, 300), expected);
}

TEST_F(AsioStreamTest, WritesThroughAStreamThatTakesOnePieceOnly) {
  edition::Stream<StreamRef> stream{StreamRef(stream_.stream())};
  const std::vector<asio::const_buffer> buffers = {
      {}, asio::buffer("head ", 5), asio::buffer("body", 4)};
  EXPECT_EQ(stream.write_some(buffers), 5U);
  EXPECT_EQ(take(peer_, 5), "head ");
}

TEST_F(AsioStreamTest, TellsTheEndAsEof) {
  give(peer_, "bye");
  ASSERT_TRUE(peer_.shutdown(Shutdown::Write));
  std::string all;
  EXPECT_EQ(asio::read(stream_, asio::dynamic_buffer(all), error_), 3U);
  EXPECT_EQ(error_, asio::error::eof);
  EXPECT_EQ(all, "bye");
}

TEST_F(AsioStreamTest, TellsABrokenConnectionByTheSystemsCode) {
  reset(std::move(peer_));
  std::array<char, 1> buffer;
  EXPECT_EQ(stream_.read_some(asio::buffer(buffer), error_), 0U);
  EXPECT_EQ(error_, asio::error::connection_reset) << error_.message();
  EXPECT_THROW(stream_.read_some(asio::buffer(buffer)), edition::system_error);
  EXPECT_THROW(stream_.write_some(asio::buffer(buffer)), edition::system_error);
}

TEST_F(AsioStreamTest, TellsWhatMtcpFoundItselfAsTheSystemWould) {
  const auto taken = std::move(stream_.stream());
  std::array<char, 1> buffer;
  stream_.read_some(asio::buffer(buffer), error_);
  EXPECT_EQ(error_, asio::error::bad_descriptor) << error_.message();
}

TEST_F(AsioStreamTest, ReadsLines) {
  give(peer_, "one\ntwo\nrest");
  std::string buffer;
  EXPECT_EQ(asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n'), 4U);
  EXPECT_EQ(buffer.substr(0, 4), "one\n");
  buffer.erase(0, 4);
  EXPECT_EQ(asio::read_until(stream_, asio::dynamic_buffer(buffer), "\n"), 4U);
}

TEST_F(AsioStreamTest, ThrowsOutASilentPeer) {
  std::string buffer;
  expect_ends_after(60ms, [&] {
    stream_.expires_after(60ms);
    asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n', error_);
    EXPECT_EQ(error_, asio::error::timed_out) << error_.message();
  });
}

TEST_F(AsioStreamTest, BoundsAllReadsOfAMessageTogether) {
  // Each byte would come in time if every read began anew.
  auto trickle = std::async(std::launch::async, [&] {
    while (peer_.write("x"sv, 1s) && peer_.manager().sleep(10ms)) continue;
  });
  std::string buffer;
  expect_ends_after(100ms, [&] {
    stream_.expires_after(100ms);
    asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n', error_);
    EXPECT_EQ(error_, asio::error::timed_out) << error_.message();
  });
  manager_.canceller().cancel();
  trickle.get();
}

TEST_F(AsioStreamTest, IsUsableAfterATimeoutAndLosesNothing) {
  give(peer_, "first half, ");
  std::string buffer;
  stream_.expires_after(10ms);
  asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n', error_);
  ASSERT_EQ(error_, asio::error::timed_out);
  give(peer_, "second half\n");
  stream_.expires_never();
  asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n', error_);
  EXPECT_FALSE(error_) << error_.message();
  EXPECT_EQ(buffer, "first half, second half\n");
}

TEST_F(AsioStreamTest, TimesOutWhenThePeerTakesNothing) {
  const std::vector<char> much(64 << 20);
  stream_.expires_at(std::chrono::steady_clock::now() + 50ms);
  const std::size_t written = asio::write(stream_, asio::buffer(much), error_);
  EXPECT_EQ(error_, asio::error::timed_out) << error_.message();
  EXPECT_GT(written, 0U);
  EXPECT_LT(written, much.size());
}

TEST_F(AsioStreamTest, HasTheStreamsDefaultTimeoutAtFirst) {
  stream_.stream().set_default_timeouts(20ms, {});
  std::array<char, 1> buffer;
  EXPECT_EQ(stream_.read_some(asio::buffer(buffer), error_), 0U);
  EXPECT_EQ(error_, asio::error::timed_out);
  stream_.expires_never();  // stronger than the default
  auto late = std::async(std::launch::async, [&] {
    wait_until_parked(manager_);
    expect_ends_after(50ms, [&] { static_cast<void>(peer_.manager().sleep(50ms)); });
    give(peer_, "x");
  });
  EXPECT_EQ(stream_.read_some(asio::buffer(buffer), error_), 1U);
  EXPECT_FALSE(error_) << error_.message();
  late.get();
}

TEST_F(AsioStreamTest, IsCancelledByAnotherThread) {
  auto other = std::async(std::launch::async, [&] {
    wait_until_parked(manager_);
    manager_.canceller().cancel();
  });
  std::string buffer;
  asio::read_until(stream_, asio::dynamic_buffer(buffer), '\n', error_);
  EXPECT_EQ(error_, asio::error::operation_aborted) << error_.message();
  other.get();
}

TEST_F(AsioStreamTest, OpensNoDescriptorAndNoThread) {
  const DescriptorGuard guard;
  const auto executor = stream_.get_executor();
  EXPECT_EQ(executor, edition::Stream<StreamRef>(StreamRef(peer_)).get_executor());
  EXPECT_EQ(&stream_.lowest_layer(), &stream_);
}

TEST(AsioErrors, KeepWhatTheyCompareTo) {
  struct Category : std::error_category {
    const char* name() const noexcept override { return "protocol"; }
    std::string message(int value) const override { return "broken rule " + std::to_string(value); }
  };
  static const Category category;
  const auto code_of = [](std::error_code code) {
    const auto error = detail::Internals::failure(code, {"read", "from"}, {});
    return edition::Stream<>::library_type::code(error);
  };
  for (const auto* system : {&std::system_category(), &TcpError::system_category()})
    EXPECT_EQ(code_of({asio::error::connection_reset, *system}), asio::error::connection_reset);
  EXPECT_EQ(code_of(std::make_error_code(std::errc::not_connected)).message(),
            std::make_error_code(std::errc::not_connected).message());
  const error_code own = code_of({7, category});
  EXPECT_EQ(own.message(), "broken rule 7");
  EXPECT_EQ(own, code_of({7, category}));
  EXPECT_NE(own, code_of({8, category}));
  EXPECT_STREQ(own.category().name(), "protocol");
}

}  // namespace
}  // namespace mtcp::test
