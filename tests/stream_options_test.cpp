#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/errors.hpp"
#include "support/ip_versions.hpp"
#include "support/pair.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using raw::Option;
using std::chrono::seconds;

enum class Version { V4, V6, V4Mapped };

Pair make_pair_of(const TcpManager& manager, Version version) {
  if (version == Version::V4) return make_pair(manager);
  const bool mapped = version == Version::V4Mapped;
  auto listener = or_raise(TcpListener::bind(
      manager, mapped ? SocketAddr::any_v6() : SocketAddr::loopback_v6(), {.v6_only = !mapped}));
  const auto port = std::to_string(or_raise(listener.local_addr()).port());
  const auto address = (mapped ? "[::ffff:127.0.0.1]:" : "[::1]:") + port;
  auto client = or_raise(TcpStream::connect(manager, address, 60s));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  return {std::move(client), std::move(server)};
}

class StreamOptions : public ::testing::TestWithParam<Version> {
 protected:
  void SetUp() override {
    if (GetParam() != Version::V4 && !has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
    pair_.emplace(make_pair_of(manager_, GetParam()));
  }

  TcpStream& stream() { return pair_->client; }
  TcpStream& peer() { return pair_->server; }

  /// What the system says, without the library.
  int option(Option which) { return raw::option(stream(), which); }

 private:
  TcpManager manager_ = make_manager();
  std::optional<Pair> pair_;
};

INSTANTIATE_TEST_SUITE_P(Over, StreamOptions,
                         ::testing::Values(Version::V4, Version::V6, Version::V4Mapped),
                         [](const auto& version) -> std::string {
                           if (version.param == Version::V4) return "V4";
                           return version.param == Version::V6 ? "V6" : "V4Mapped";
                         });

/// An invalid value: EINVAL, in words that say what is wrong with what, on which connection.
template <class T>
void expect_invalid(const Result<T>& result, const TcpStream& stream, std::string_view option,
                    std::string_view culprit) {
  const auto error = error_of(result);
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc::invalid_argument);
  const auto message = error.message();
  const auto head = "set " + std::string(option) + " of connection to " +
                    or_raise(stream.peer_addr()).to_string() + ": ";
  EXPECT_TRUE(message.starts_with(head)) << message;
  EXPECT_NE(message.find(culprit, head.size()), std::string::npos) << message;
}

TEST_P(StreamOptions, NodelayIsOnFromTheStart) {  // O02
  EXPECT_TRUE(or_raise(stream().nodelay()));
  EXPECT_TRUE(or_raise(peer().nodelay()));
  EXPECT_NE(option(Option::Nodelay), 0);
}

TEST_P(StreamOptions, NodelayIsWhatWasSet) {  // O01
  for (const bool on : {false, true, true, false}) {
    or_raise(stream().set_nodelay(on));
    EXPECT_EQ(or_raise(stream().nodelay()), on);
    EXPECT_EQ(option(Option::Nodelay) != 0, on);
  }
}

TEST_P(StreamOptions, KeepaliveIsOffAtFirstAndThenWhatWasSet) {  // O03
  EXPECT_EQ(or_raise(stream().keepalive()), std::nullopt);
  const Keepalive given{.idle = 10s, .interval = 5s, .count = 3};
  or_raise(stream().set_keepalive(given));
  EXPECT_EQ(or_raise(stream().keepalive()), given);
  EXPECT_EQ(option(Option::KeepaliveIdle), 10);
  EXPECT_EQ(option(Option::KeepaliveInterval), 5);
  EXPECT_EQ(option(Option::KeepaliveCount), 3);
  or_raise(stream().set_keepalive(Keepalive{}));
  EXPECT_EQ(or_raise(stream().keepalive()), (Keepalive{.idle = 2h, .interval = 75s, .count = 9}));
  or_raise(stream().set_keepalive(std::nullopt));
  EXPECT_EQ(or_raise(stream().keepalive()), std::nullopt);
  EXPECT_EQ(option(Option::Keepalive), 0);
}

TEST_P(StreamOptions, KeepaliveTakesTheSmallestAndTheLargestValues) {
  for (const Keepalive edge : {Keepalive{1s, 1s, 1}, Keepalive{32767s, 32767s, 127}}) {
    or_raise(stream().set_keepalive(edge));
    EXPECT_EQ(or_raise(stream().keepalive()), edge);
  }
}

TEST_P(StreamOptions, KeepaliveRefusesWhatIsOutOfRangeAndSaysWhich) {  // O04, O11
  const Keepalive good{.idle = 10s, .interval = 5s, .count = 3};
  or_raise(stream().set_keepalive(good));
  for (const seconds wrong : {0s, -1s, seconds::min(), seconds::max(), seconds(1LL << 32),
                              seconds((1LL << 32) + 10), seconds(32768)}) {
    Keepalive keepalive = good;
    keepalive.idle = wrong;
    expect_invalid(stream().set_keepalive(keepalive), stream(), "keepalive", "idle");
    keepalive = good;
    keepalive.interval = wrong;
    expect_invalid(stream().set_keepalive(keepalive), stream(), "keepalive", "interval");
  }
  for (const unsigned wrong : {0U, 128U, 1U << 31, std::numeric_limits<unsigned>::max()}) {
    Keepalive keepalive = good;
    keepalive.count = wrong;
    expect_invalid(stream().set_keepalive(keepalive), stream(), "keepalive", "count");
  }
  EXPECT_EQ(or_raise(stream().keepalive()), good);
}

TEST_P(StreamOptions, KeepaliveThatIsRefusedLeavesTheOldOne) {
  const Keepalive good{.idle = 10s, .interval = 5s, .count = 3};
  or_raise(stream().set_keepalive(good));
  EXPECT_FALSE(stream().set_keepalive(Keepalive{.idle = 20s, .interval = 6s, .count = 1000}));
  EXPECT_EQ(or_raise(stream().keepalive()), good);
}

TEST_P(StreamOptions, LingerIsOffAtFirstAndThenWhatWasSet) {  // O01
  EXPECT_EQ(or_raise(stream().linger()), std::nullopt);
  for (const seconds length : {0s, 1s, 40000s, 65535s}) {
    or_raise(stream().set_linger(length));
    EXPECT_EQ(or_raise(stream().linger()), length);
  }
  or_raise(stream().set_linger(std::nullopt));
  EXPECT_EQ(or_raise(stream().linger()), std::nullopt);
}

TEST_P(StreamOptions, LingerRefusesWhatIsOutOfRange) {  // O11
  or_raise(stream().set_linger(7s));
  for (const seconds wrong : {-1s, 65536s, seconds(1LL << 32), seconds::min(), seconds::max()})
    expect_invalid(stream().set_linger(wrong), stream(), "linger", "linger");
  EXPECT_EQ(or_raise(stream().linger()), 7s);
  or_raise(stream().set_linger(std::nullopt));
}

TEST_P(StreamOptions, LingerOfZeroResetsThePeer) {  // O09
  or_raise(stream().write_all("dropped or not"sv));
  or_raise(stream().set_linger(0s));
  {
    const auto closed = std::move(stream());
  }
  await_reset(peer());
  std::string text;
  EXPECT_EQ(error_of(peer().read_to_end(text, 100)), std::errc::connection_reset);
}

TEST_P(StreamOptions, TtlIsWhatWasSet) {  // O01, O08
  EXPECT_GE(or_raise(stream().ttl()), 1);
  for (const int ttl : {1, 42, 255}) {
    or_raise(stream().set_ttl(ttl));
    EXPECT_EQ(or_raise(stream().ttl()), ttl);
    const bool v6 = GetParam() == Version::V6;
    EXPECT_EQ(v6 ? option(Option::HopLimit) : option(Option::Ttl), ttl);
  }
  or_raise(stream().write_all("still connected"sv));
}

TEST_P(StreamOptions, TtlRefusesWhatIsOutOfRange) {  // O11
  const int before = or_raise(stream().ttl());
  for (const int wrong :
       {0, -1, 256, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()})
    expect_invalid(stream().set_ttl(wrong), stream(), "ttl", "ttl");
  EXPECT_EQ(or_raise(stream().ttl()), before);
}

TEST_P(StreamOptions, BufferSizesAreWhatTheSystemSays) {  // O06, O07
  or_raise(stream().set_receive_buffer_size(30'000));
  or_raise(stream().set_send_buffer_size(40'000));
  EXPECT_EQ(or_raise(stream().receive_buffer_size()), 60'000U);  // Linux doubles it
  EXPECT_EQ(or_raise(stream().send_buffer_size()), 80'000U);
  EXPECT_EQ(option(Option::ReceiveBuffer), 60'000);
  EXPECT_EQ(option(Option::SendBuffer), 80'000);
}

TEST_P(StreamOptions, BufferSizesAreRaisedAndLoweredToWhatTheSystemAllows) {  // O06, O11
  using Limits = std::numeric_limits<std::size_t>;
  for (const std::size_t tiny : {0U, 1U}) {
    or_raise(stream().set_receive_buffer_size(tiny));
    or_raise(stream().set_send_buffer_size(tiny));
    EXPECT_GT(or_raise(stream().receive_buffer_size()), 1U);
    EXPECT_GT(or_raise(stream().send_buffer_size()), 1U);
  }
  const auto smallest = or_raise(stream().send_buffer_size());
  const auto small_in_32_bits = static_cast<std::size_t>(
      std::min<std::uint64_t>((std::uint64_t{1} << 32) + 1, Limits::max()));
  // The last ones would be small, zero or negative as an int.
  for (const std::size_t huge :
       {std::size_t{1} << 30, std::size_t{1} << 31, small_in_32_bits, Limits::max()}) {
    or_raise(stream().set_receive_buffer_size(huge));
    or_raise(stream().set_send_buffer_size(huge));
    EXPECT_GT(or_raise(stream().receive_buffer_size()), 100'000U);
    EXPECT_GT(or_raise(stream().send_buffer_size()), 100'000U);
    or_raise(stream().set_send_buffer_size(0));
    EXPECT_EQ(or_raise(stream().send_buffer_size()), smallest);
  }
}

TEST_P(StreamOptions, AreSharedByClones) {
  const auto clone = or_raise(stream().try_clone());
  or_raise(stream().set_nodelay(false));
  or_raise(stream().set_ttl(33));
  EXPECT_FALSE(or_raise(clone.nodelay()));
  EXPECT_EQ(or_raise(clone.ttl()), 33);
}

TEST_P(StreamOptions, TakeErrorIsZeroWithoutAnError) {
  EXPECT_EQ(or_raise(stream().take_error()), std::error_code());
}

TEST_P(StreamOptions, TakeErrorTakesTheError) {  // N18
  reset(std::move(peer()));
  await_reset(stream());
  EXPECT_EQ(or_raise(stream().take_error()), std::errc::connection_reset);
  EXPECT_EQ(or_raise(stream().take_error()), std::error_code());
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(stream().read(one)), std::errc::connection_reset);
}

TEST_P(StreamOptions, WorkWhileCancelled) {
  const auto manager = make_manager();
  stream().tie(manager);
  manager.canceller().cancel();
  EXPECT_TRUE(stream().set_nodelay(false));
  EXPECT_TRUE(stream().nodelay());
  EXPECT_TRUE(stream().take_error());
  EXPECT_TRUE(stream().ttl());
}

/// Calls each getter and setter with a good value; `check` is given each result.
template <class Check>
void for_each_option(TcpStream& stream, Check check) {
  check(stream.nodelay());
  check(stream.set_nodelay(true));
  check(stream.keepalive());
  check(stream.set_keepalive(Keepalive{}));
  check(stream.set_keepalive(std::nullopt));
  check(stream.linger());
  check(stream.set_linger(std::nullopt));
  check(stream.ttl());
  check(stream.set_ttl(64));
  check(stream.receive_buffer_size());
  check(stream.set_receive_buffer_size(65536));
  check(stream.send_buffer_size());
  check(stream.set_send_buffer_size(65536));
  check(stream.take_error());
}

TEST_P(StreamOptions, SayWhatTheSystemSays) {
  const auto address = or_raise(stream().peer_addr()).to_string();
  const SystemCallJudge judge([](const SystemCall& call) {
    const bool option = call.name == "getsockopt" || call.name == "setsockopt";
    return option ? Verdict::fail(ENOBUFS) : Verdict::pass();
  });
  unsigned count = 0;
  for_each_option(stream(), [&](const auto& result) {
    ++count;
    const auto error = error_of(result);
    EXPECT_EQ(error, std::errc::no_buffer_space);
    EXPECT_NE(error.message().find(" of connection to " + address + ": "), std::string::npos)
        << error.message();
  });
  EXPECT_EQ(count, 14U);
}

TEST_P(StreamOptions, OfAMovedFromStreamAreABadDescriptorBeforeAnyOtherRule) {  // O10
  const auto kept = std::move(stream());
  for_each_option(stream(), [](const auto& result) {
    EXPECT_EQ(error_of(result), std::errc::bad_file_descriptor);
  });
  EXPECT_EQ(error_of(stream().set_ttl(-1)), std::errc::bad_file_descriptor);
  EXPECT_EQ(error_of(stream().set_linger(-1s)), std::errc::bad_file_descriptor);
  EXPECT_EQ(error_of(stream().set_keepalive(Keepalive{0s, 0s, 0})), std::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace mtcp::test
