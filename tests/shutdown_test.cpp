#include <array>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class ShutDown : public Connected {};

bool is_broken_pipe_or_reset(const TcpError& error) {
  return error == std::errc::broken_pipe || error == std::errc::connection_reset;
}

void expect_end(TcpStream& stream) {
  std::array<char, 4> buffer{};
  EXPECT_EQ(or_raise(stream.read(buffer, 60s)), 0U);
  EXPECT_EQ(or_raise(stream.peek(buffer, 60s)), 0U);
  const auto failed = stream.read_exact(buffer, 60s);
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
}

TEST_F(ShutDown, OfWritingEndsOneHalfOnly) {  // R07
  give(client_, "question");
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(server_), "question");
  give(server_, "answer");
  EXPECT_EQ(take(client_, 6), "answer");
  EXPECT_EQ(error_of(client_.write("x"sv)), std::errc::broken_pipe);
  EXPECT_EQ(error_of(client_.write_all("x"sv)), std::errc::broken_pipe);
  give(server_, "still there");
  EXPECT_EQ(take(client_, 11), "still there");
}

TEST_F(ShutDown, OfWritingBreaksNoReads) {
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(error_of(client_.write("x"sv)), std::errc::broken_pipe);
  {
    const auto closed = std::move(server_);
  }
  await_end(client_);
  expect_end(client_);
}

TEST_F(ShutDown, IsSuccessAgainAndAgain) {  // R08
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client_.shutdown(Shutdown::Write));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(server_.shutdown(Shutdown::Both));
  await_reset(client_);
  for (const auto how : {Shutdown::Write, Shutdown::Read, Shutdown::Both}) {
    EXPECT_TRUE(client_.shutdown(how));
    EXPECT_TRUE(server_.shutdown(how));
  }
}

TEST_F(ShutDown, AfterAResetIsSuccess) {  // R09
  reset(std::move(client_));
  await_reset(server_);
  for (const auto how : {Shutdown::Write, Shutdown::Read, Shutdown::Both})
    EXPECT_TRUE(server_.shutdown(how));
}

TEST_F(ShutDown, OfReadingEndsReadsAtOnce) {  // R10
  or_raise(server_.shutdown(Shutdown::Read));
  expect_end(server_);
  give(server_, "the other half goes on");
  EXPECT_EQ(take(client_, 22), "the other half goes on");
}

TEST_F(ShutDown, OfReadingHidesWhatHasArrivedAndWhatArrivesLater) {
  give(client_, "unread");
  await_bytes(server_, 6);
  auto clone = or_raise(server_.try_clone());
  or_raise(server_.shutdown(Shutdown::Read));
  expect_end(server_);
  give(client_, "later");  // Linux would hand it out
  await_bytes(server_, 11);
  expect_end(server_);
  expect_end(clone);
  EXPECT_EQ(take_rest(clone), "");
}

TEST_F(ShutDown, OfBothEndsBoth) {
  or_raise(client_.shutdown(Shutdown::Both));
  expect_end(client_);
  expect_end(server_);
  EXPECT_EQ(error_of(client_.write("x"sv)), std::errc::broken_pipe);
}

TEST_F(ShutDown, OfReadingWakesABlockedReader) {  // R12
  for (const auto how : {Shutdown::Read, Shutdown::Both}) {
    auto pair = make_pair(manager_);
    auto clone = or_raise(pair.server.try_clone());
    std::array<char, 4> buffer{};
    auto reading = std::async(std::launch::async, [&] { return pair.server.read(buffer); });
    auto exact = std::async(std::launch::async, [&] {
      std::array<char, 4> own{};
      return clone.read_exact(own);
    });
    wait_until_parked(manager_, 2);
    expect_prompt([&] {
      or_raise(pair.server.shutdown(how));
      reading.wait();
      exact.wait();
    });
    EXPECT_EQ(or_raise(reading.get()), 0U);
    EXPECT_EQ(error_of(exact.get()).kind(), TcpError::Kind::Incomplete);
  }
}

TEST_F(ShutDown, OfWritingWakesABlockedWriter) {  // R13
  const auto size = fill(client_);
  const std::vector<char> more(1 << 20);
  auto writing = std::async(std::launch::async, [&] { return client_.write_all(more); });
  wait_until_parked(manager_);
  expect_prompt([&] {
    or_raise(client_.shutdown(Shutdown::Write));
    writing.wait();
  });
  const auto failed = writing.get();
  EXPECT_EQ(error_of(failed), std::errc::broken_pipe);
  EXPECT_EQ(take_rest(server_).size(), size + error_of(failed).transferred());
}

TEST_F(ShutDown, OfWritingLeavesABlockedReaderAlone) {
  std::array<char, 4> buffer{};
  auto reading = std::async(std::launch::async, [&] { return client_.read(buffer); });
  wait_until_parked(manager_);
  or_raise(client_.shutdown(Shutdown::Write));
  give(server_, "data");
  EXPECT_EQ(or_raise(reading.get()), 4U);
}

TEST_F(ShutDown, OfBothSidesAtOnceIsACleanEndForBoth) {  // R14
  for (int round = 0; round < 100; ++round) {
    auto pair = make_pair(manager_);
    auto other = std::async(std::launch::async, [&] {
      or_raise(pair.server.shutdown(Shutdown::Write));
      expect_end(pair.server);
    });
    or_raise(pair.client.shutdown(Shutdown::Write));
    expect_end(pair.client);
    other.get();
    await_reset(pair.client);
    expect_end(pair.client);
    expect_end(pair.server);
  }
}

TEST_F(ShutDown, ThenClosingDeliversAllAndThenTheEnd) {  // R15
  std::string much(100'000, 'x');
  give(client_, much);
  or_raise(client_.shutdown(Shutdown::Write));
  {
    const auto closed = std::move(client_);
  }
  EXPECT_EQ(take_rest(server_), much);
  expect_end(server_);
}

TEST_F(ShutDown, OfBothAndClosingDeliversWhatTheKernelHolds) {  // R16
  const auto size = fill(client_);
  or_raise(client_.shutdown(Shutdown::Both));
  {
    const auto closed = std::move(client_);
  }
  EXPECT_EQ(take_rest(server_).size(), size);
}

TEST_F(ShutDown, IsSharedByClones) {
  auto clone = or_raise(client_.try_clone());
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(error_of(clone.write("x"sv)), std::errc::broken_pipe);
  give(server_, "unread");
  await_bytes(client_, 6);
  or_raise(clone.shutdown(Shutdown::Read));
  expect_end(client_);
  expect_end(clone);
}

TEST_F(ShutDown, WorksForAFarewellAfterACancel) {
  manager_.canceller().cancel();
  EXPECT_TRUE(client_.shutdown(Shutdown::Write));
  manager_.restart();
  expect_end(server_);
}

TEST_F(ShutDown, SaysWhatTheSystemSays) {
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "shutdown" ? Verdict::fail(ENOBUFS) : Verdict::pass();
  });
  const auto failed = client_.shutdown(Shutdown::Write);
  EXPECT_EQ(error_of(failed), std::errc::no_buffer_space);
}

TEST_F(ShutDown, OfAConnectionIsRememberedByItsStream) {
  auto listener = make_listener(manager_);
  const auto address = or_raise(listener.local_addr());
  for (const auto how : {Shutdown::Read, Shutdown::Write}) {
    auto client = or_raise(TcpStream::connect(manager_, address, 60s));
    auto connection = or_raise(listener.accept(60s));
    or_raise(connection.shutdown(how));
    give(client, "arrives later");
    auto stream = or_raise(TcpStream::from(manager_, std::move(connection)));
    await_bytes(stream, 13);
    if (how == Shutdown::Read) expect_end(stream);
    if (how == Shutdown::Write) {
      EXPECT_EQ(error_of(stream.write("x"sv)), std::errc::broken_pipe);
    }
    or_raise(client.shutdown(Shutdown::Write));
    await_end(stream);
    EXPECT_EQ(take_rest(stream), how == Shutdown::Read ? "" : "arrives later");
  }
}

TEST_F(ShutDown, OfASocketBeforeItWasAdoptedLeavesAnEndClean) {
  or_raise(client_.shutdown(Shutdown::Write));
  auto adopted = or_raise(TcpStream::adopt(manager_, client_.release()));
  EXPECT_EQ(take_rest(server_), "");
  {
    const auto closed = std::move(server_);
  }
  await_reset(adopted);  // both halves have ended, in order
  expect_end(adopted);
}

TEST_F(ShutDown, OfASocketBeforeItWasAdoptedIsNoResetWhenAWriteFails) {
  or_raise(client_.shutdown(Shutdown::Write));
  auto adopted = or_raise(TcpStream::adopt(manager_, client_.release()));
  EXPECT_EQ(error_of(adopted.write("x"sv)), std::errc::broken_pipe);
  give(server_, "last words");
  {
    const auto closed = std::move(server_);
  }
  EXPECT_EQ(take_rest(adopted), "last words");
  expect_end(adopted);
}

TEST_F(ShutDown, OfAPeerThatIsGoneIsAnErrorForWritesOnly) {  // R05
  {
    const auto closed = std::move(client_);
  }
  std::string block(65536, 'x');
  std::size_t sent = 0;
  Result<std::size_t> written = 0;
  while (sent < (1U << 30) && (written = server_.write(block, 60s))) sent += *written;
  ASSERT_LT(sent, 1U << 30);
  EXPECT_TRUE(is_broken_pipe_or_reset(error_of(written))) << error_of(written).message();
  EXPECT_TRUE(is_broken_pipe_or_reset(error_of(server_.write_all(block, 60s))));
}

}  // namespace
}  // namespace mtcp::test
