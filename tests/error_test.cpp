#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using Kind = TcpError::Kind;

static_assert(std::is_nothrow_copy_constructible_v<TcpError>);
static_assert(!std::is_default_constructible_v<TcpError>);
static_assert(std::is_convertible_v<TcpError, std::error_code>);
static_assert(std::is_same_v<decltype(or_raise(std::declval<Result<int>>())), int>);
static_assert(std::is_void_v<decltype(or_raise(std::declval<Result<void>>()))>);

class Error : public Connected {
 protected:
  std::string peer() { return or_raise(server_.peer_addr()).to_string(); }

  TcpError timed_out() {
    std::array<char, 1> one{};
    return error_of(server_.read(one, 0s));
  }
  TcpError cancelled() {
    manager_.canceller().cancel();
    const auto error = error_of(server_.read(MutableBytes()));
    manager_.restart();
    return error;
  }
  TcpError incomplete() {
    or_raise(client_.write_all(std::string(60, 'x')));
    or_raise(client_.shutdown(Shutdown::Write));
    std::string buffer(100, '.');
    return error_of(server_.read_exact(buffer, 60s));
  }
  TcpError too_big() {
    or_raise(client_.write_all("abc"sv));
    std::string buffer;
    return error_of(server_.read_to_end(buffer, 2, 60s));
  }
  TcpError reset_by_peer() {
    reset(std::move(client_));
    await_reset(server_);
    std::array<char, 1> one{};
    return error_of(server_.read(one));
  }
  std::vector<TcpError> one_of_each_kind() {
    std::vector<TcpError> errors = {timed_out(), cancelled(), too_big(), incomplete()};
    pair_ = make_pair(manager_);
    errors.push_back(reset_by_peer());
    return errors;
  }
};

/// What holds for the code of `error`, whatever it is.
void expect_consistent(const TcpError& error, Kind kind) {
  EXPECT_EQ(error.kind(), kind);
  EXPECT_EQ(error.cancelled(), kind == Kind::Cancelled);
  EXPECT_EQ(error.timed_out(), kind == Kind::TimedOut);
  EXPECT_TRUE(error.code());
  const std::error_code code = error;
  EXPECT_EQ(code, error.code());
  EXPECT_TRUE(error == code);
  EXPECT_EQ(kind == Kind::Failed, code.category() != tcp_category());
}

// E02, E05

TEST_F(Error, CancelledIsToldAlike) {
  const auto error = cancelled();
  expect_consistent(error, Kind::Cancelled);
  EXPECT_EQ(error, std::errc::operation_canceled);
  EXPECT_NE(error, std::errc::timed_out);
  EXPECT_EQ(error.code().message(), "cancelled");
  EXPECT_EQ(error.message(), "read from " + peer() + ": cancelled");
}

TEST_F(Error, TimedOutIsToldAlike) {
  const auto error = timed_out();
  expect_consistent(error, Kind::TimedOut);
  EXPECT_EQ(error, std::errc::timed_out);
  EXPECT_NE(error, std::errc::operation_canceled);
  EXPECT_NE(error.code(), std::make_error_code(std::errc::timed_out));
  EXPECT_NE(error.code(), std::error_code(ETIMEDOUT, std::system_category()));
  EXPECT_EQ(error.code().message(), "timed out");
  EXPECT_EQ(error.message(), "read from " + peer() + ": timed out");
}

TEST_F(Error, IncompleteIsToldAlike) {
  const auto error = incomplete();
  expect_consistent(error, Kind::Incomplete);
  EXPECT_EQ(error.transferred(), 60U);
  EXPECT_EQ(error.message(),
            "read_exact from " + peer() + ": the stream ended before all was read after 60 bytes");
}

TEST_F(Error, TooBigIsToldAlike) {
  const auto error = too_big();
  expect_consistent(error, Kind::TooBig);
  EXPECT_EQ(error, std::errc::message_size);
  EXPECT_EQ(error.message(),
            "read_to_end from " + peer() + ": the data exceeds the limit after 2 bytes");
}

TEST_F(Error, FailedIsToldAlike) {
  const auto from = peer();
  const auto error = reset_by_peer();
  expect_consistent(error, Kind::Failed);
  EXPECT_EQ(error, std::errc::connection_reset);
  EXPECT_EQ(error.code(), std::error_code(ECONNRESET, std::system_category()));
  EXPECT_EQ(error.message(), "read from " + from + ": Connection reset by peer");
  EXPECT_EQ(error_of(server_.write("x"sv)).message(), "write to " + from + ": Broken pipe");
}

TEST_F(Error, OfTheSystemHasTheCategoryOfTheSystem) {
  reset(std::move(server_));
  std::array<char, 1> one{};
  const auto error = error_of(client_.read(one, 60s));
  EXPECT_EQ(error.code().category(), TcpError::system_category());
  EXPECT_EQ(error, std::errc::connection_reset);
  EXPECT_NE(TcpError::system_category(), tcp_category());
}

TEST_F(Error, OneByteIsOneByte) {
  or_raise(client_.write_all("x"sv));
  await_bytes(server_, 1);
  std::array<char, 2> two{};
  EXPECT_EQ(error_of(server_.read_exact(two, 0s)).message(),
            "read_exact from " + peer() + ": timed out after 1 byte");
}

TEST_F(Error, OfEveryKindComparesWithTheCodesOfItsKindOnly) {
  for (const auto& error : one_of_each_kind()) {
    EXPECT_EQ(error == std::errc::timed_out, error.kind() == Kind::TimedOut);
    EXPECT_EQ(error == std::errc::operation_canceled, error.kind() == Kind::Cancelled);
    EXPECT_EQ(error == std::errc::message_size, error.kind() == Kind::TooBig);
    EXPECT_EQ(error == std::errc::connection_reset, error.kind() == Kind::Failed);
    EXPECT_FALSE(error == std::errc::io_error);
    EXPECT_FALSE(error == std::errc{});
  }
}

TEST_F(Error, IsMadeAndCopiedWithoutMemory) {
  const auto before = allocations();
  {
    const NoMemory none;
    const TcpError error = timed_out();
    TcpError copy = error;
    copy = cancelled();
    EXPECT_TRUE(copy.cancelled() && error.timed_out());
  }
  EXPECT_EQ(allocations(), before);
  EXPECT_FALSE(timed_out().message().empty());
  EXPECT_GT(allocations(), before);
}

TEST_F(Error, KeepsItsTextWhenAllItWasAboutIsGone) {
  const auto from = peer();
  const auto error = timed_out();
  {
    const auto gone = std::move(pair_);
  }
  EXPECT_EQ(error.message(), "read from " + from + ": timed out");
}

TEST_F(Error, RaisesASystemErrorThatSaysTheSame) {
  for (const auto& error : one_of_each_kind()) {
    try {
      error.raise();
    } catch (const std::system_error& raised) {
      EXPECT_TRUE(std::string(raised.what()).starts_with(error.message())) << raised.what();
      EXPECT_EQ(raised.code(), error.code());
      EXPECT_EQ(raised.code(), error);
    }
    EXPECT_THROW(or_raise(Result<int>(std::unexpected(error))), std::system_error);
    EXPECT_THROW(or_raise(Result<void>(std::unexpected(error))), std::system_error);
  }
}

TEST_F(Error, OrRaiseGivesTheValue) {
  EXPECT_EQ(or_raise(Result<int>(7)), 7);
  EXPECT_NO_THROW(or_raise(Result<void>()));
  const auto moved = or_raise(Result<std::unique_ptr<int>>(std::make_unique<int>(8)));
  EXPECT_EQ(*moved, 8);
}

TEST_F(Error, CategoryIsNamedAfterTheLibrary) {
  EXPECT_STREQ(tcp_category().name(), "mtcp");
  EXPECT_EQ(timed_out().code().category(), tcp_category());
  for (int value = -1; value < 10; ++value)
    EXPECT_FALSE(std::error_code(value, tcp_category()).message().empty());
}

// E01: whatever fails names the operation, what it was about, and the cause.

class ErrorOfEveryCall : public Error {
 protected:
  void expect(const TcpError& error, const std::string& message) {
    EXPECT_EQ(error.message(), message);
  }

  std::array<char, 1> one_{};
  std::string text_;
  static constexpr auto never_ = [](std::string_view) { return false; };
};

TEST_F(ErrorOfEveryCall, ThatReadsSaysFromWhom) {
  const auto end = " from " + peer() + ": timed out";
  expect(error_of(server_.read(one_, 0s)), "read" + end);
  expect(error_of(server_.peek(one_, 0s)), "peek" + end);
  expect(error_of(server_.read_exact(one_, 0s)), "read_exact" + end);
  expect(error_of(server_.read_to_end(text_, 9, 0s)), "read_to_end" + end);
  expect(error_of(server_.read_all(text_, {.timeout = 0s}, never_)), "read_all" + end);
}

TEST_F(ErrorOfEveryCall, ThatWritesSaysToWhom) {
  fill(server_);
  const auto end = " to " + peer() + ": timed out";
  expect(error_of(server_.write("x"sv, 0s)), "write" + end);
  expect(error_of(server_.write_all("x"sv, 0s)), "write_all" + end);
  expect(error_of(server_.write_all({"x"sv, "y"sv}, 0s)), "write_all" + end);
}

TEST_F(ErrorOfEveryCall, ThatListensOrConnectsSaysWhere) {  // E03
  auto listener = make_listener(manager_);
  const auto address = or_raise(listener.local_addr());
  expect(error_of(listener.accept(0s)), "accept on " + address.to_string() + ": timed out");
  expect(error_of(TcpListener::bind(manager_, address)),
         "bind to " + address.to_string() + ": " + in_words(std::errc::address_in_use));
  {
    const auto closed = std::move(listener);
  }
  expect(error_of(TcpStream::connect(manager_, address, 60s)),
         "connect to " + address.to_string() + ": Connection refused");
}

TEST_F(ErrorOfEveryCall, OfAMovedFromObjectSaysSo) {
  const auto moved = std::move(server_);
  const auto end = ": the object has no socket (moved-from)"s;
  expect(error_of(server_.read(one_)), "read" + end);
  expect(error_of(server_.write_all("x"sv)), "write_all" + end);
  expect(error_of(server_.shutdown(Shutdown::Both)), "shutdown" + end);
  expect(error_of(server_.try_clone()), "clone" + end);
  expect(error_of(server_.peer_addr()), "peer_addr" + end);
  expect(error_of(server_.set_ttl(1)), "set ttl" + end);
}

TEST_F(ErrorOfEveryCall, ThatSleepsIsShort) {
  manager_.canceller().cancel();
  expect(error_of(manager_.sleep(1h)), "sleep: cancelled");
}

// A culprit's text is what an attacker may choose: it goes into logs.
TEST_F(ErrorOfEveryCall, QuotesHostileTextShortAndPrintable) {
  const std::string hostile[] = {std::string(1 << 20, 'x'),
                                 "\x1b[31mred\x1b[0m"s,
                                 "line\nbreak\r\n",
                                 "nul\0inside"s,
                                 "\xff\xfe\x80 not UTF-8",
                                 std::string(74, 'y'),
                                 std::string(75, 'z'),
                                 "\"quoted\" and \\backslashed",
                                 ""};
  for (const auto& text : hostile) {
    for (const auto& error :
         {error_of(TcpStream::connect(manager_, text)), error_of(TcpListener::bind(manager_, text)),
          error_of(SocketAddr::parse(text))}) {
      const auto message = error.message();
      EXPECT_EQ(error, std::errc::invalid_argument);
      EXPECT_LT(message.size(), 200U);
      for (const char c : message) EXPECT_TRUE(c >= ' ' && c <= '~') << message;
      EXPECT_NE(message.find('"' + text.substr(0, text.starts_with('x') ? 40 : 0)),
                std::string::npos)
          << message;
    }
  }
}

TEST_F(ErrorOfEveryCall, MarksTextThatIsNotShownWhole) {
  const auto message = error_of(SocketAddr::parse(std::string(1000, 'x'))).message();
  EXPECT_NE(message.find("xxx...\""), std::string::npos) << message;
  const auto whole = error_of(SocketAddr::parse(std::string(60, 'x'))).message();
  EXPECT_NE(whole.find('"' + std::string(60, 'x') + '"'), std::string::npos) << whole;
}

}  // namespace
}  // namespace mtcp::test
