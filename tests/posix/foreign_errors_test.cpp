#include <atomic>
#include <cerrno>
#include <chrono>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/system_calls.hpp"

/// What macOS and the BSDs say where Linux says something else.
namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

SystemCallJudge failing(std::string_view name, int error) {
  return SystemCallJudge([name, error](const SystemCall& call) {
    return call.name == name ? Verdict::fail(error) : Verdict::pass();
  });
}

/// While it lives, the system does not know SO_ACCEPTCONN: what is asked first is the type.
class UnknownWhetherItListens {
 public:
  ~UnknownWhetherItListens() { EXPECT_GE(calls_, 2); }

 private:
  std::atomic<int> calls_{0};
  SystemCallJudge judge_{[this](const SystemCall& call) {
    const bool fails = call.name == "getsockopt" && ++calls_ == 2;
    return fails ? Verdict::fail(ENOPROTOOPT) : Verdict::pass();
  }};
};

TEST(ForeignErrors, AListenerIsKnownByItsState) {
  const auto manager = make_manager();
  const NativeHandle handle = make_listener(manager).release();
  const UnknownWhetherItListens unknown;
  EXPECT_TRUE(TcpListener::adopt(manager, handle));
}

TEST(ForeignErrors, AStreamIsKnownByItsState) {
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  const NativeHandle handle = pair.client.release();
  const UnknownWhetherItListens unknown;
  EXPECT_TRUE(TcpStream::adopt(manager, handle));
}

TEST(ForeignErrors, AStreamIsNoListenerByItsState) {
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  const NativeHandle handle = pair.client.release();
  const UnknownWhetherItListens unknown;
  EXPECT_EQ(error_of(TcpListener::adopt(manager, handle)), std::errc::invalid_argument);
}

TEST(ForeignErrors, AWrongProtocolIsAResetOfASend) {
  auto pair = make_pair(make_manager());
  const auto judge = failing("send", EPROTOTYPE);
  EXPECT_EQ(error_of(pair.client.write("x"sv, 60s)), std::errc::connection_reset);
}

TEST(ForeignErrors, AnInvalidPeerIsNoneYet) {
  const auto judge = failing("getpeername", EINVAL);
  EXPECT_EQ(error_of(TcpStream::connect(make_manager(), "127.0.0.1:1", 60s)),
            std::errc::connection_refused);
}

}  // namespace
}  // namespace mtcp::test
