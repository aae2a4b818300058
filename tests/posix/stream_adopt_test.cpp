#include <array>
#include <fcntl.h>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/posix/descriptor_flags.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

class Adopt : public Connected {
 protected:
  Result<TcpStream> adopt(int descriptor) { return TcpStream::adopt(manager_, descriptor); }
};

int raw_socket(int family, int type) {
  const int made = ::socket(family, type, 0);
  EXPECT_GE(made, 0);
  return made;
}

void expect_refused(const Result<TcpStream>& adopted, int descriptor, std::errc code) {
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error(), code);
  EXPECT_EQ(adopted.error().kind(), TcpError::Kind::Failed);
  EXPECT_NE(adopted.error().message().find("adopt stream from descriptor " +
                                           std::to_string(descriptor) + ": "),
            std::string::npos)
      << adopted.error().message();
  EXPECT_FALSE(raw::is_open(descriptor));
}

TEST_F(Adopt, TakesAForeignSocketAsItIs) {
  auto listener = make_listener(manager_);
  const int raw = raw_socket(AF_INET, SOCK_STREAM);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(or_raise(listener.local_addr()).port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(raw, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  auto stream = or_raise(adopt(raw));
  auto peer = or_raise(TcpStream::from(manager_, or_raise(listener.accept(60s))));
  EXPECT_EQ(stream.native_handle(), NativeHandle(raw));
  EXPECT_TRUE(is_close_on_exec(raw));
  EXPECT_TRUE(is_blocking(raw));
  EXPECT_TRUE(or_raise(stream.nodelay()));
  EXPECT_EQ(or_raise(stream.peer_addr()), or_raise(peer.local_addr()));
  give(peer, "works");
  EXPECT_EQ(take(stream, 5), "works");
  // A blocking socket blocks in no operation of mtcp.
  std::array<char, 1> one{};
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.read(one, 20ms)).timed_out()); });
  fill(stream);
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.write("x"sv, 20ms)).timed_out()); });
  EXPECT_EQ(::close(static_cast<int>(stream.release())), 0);
}

TEST_F(Adopt, IsNotAffectedByACancelledState) {
  manager_.canceller().cancel();
  EXPECT_TRUE(adopt(static_cast<int>(client_.release())));
}

TEST_F(Adopt, RefusesWhatIsNoDescriptor) {  // F14
  const DescriptorGuard guard;
  const int closed = ::dup(0);
  ::close(closed);
  expect_refused(adopt(closed), closed, std::errc::bad_file_descriptor);
  for (const int negative : {-1, -7, std::numeric_limits<int>::min()})
    expect_refused(adopt(negative), -1, std::errc::bad_file_descriptor);
  expect_refused(adopt(std::numeric_limits<int>::max()), std::numeric_limits<int>::max(),
                 std::errc::bad_file_descriptor);
}

TEST_F(Adopt, RefusesAndClosesWhatIsNoStreamSocketOfTheInternet) {  // F14
  const DescriptorGuard guard;
  const int file = ::open("/dev/null", O_RDWR);
  expect_refused(adopt(file), file, std::errc::not_a_socket);
  const int datagram = raw_socket(AF_INET6, SOCK_DGRAM);
  expect_refused(adopt(datagram), datagram, std::errc::wrong_protocol_type);
  const int local = raw_socket(AF_UNIX, SOCK_STREAM);
  expect_refused(adopt(local), local, std::errc::address_family_not_supported);
}

TEST_F(Adopt, RefusesAndClosesAListeningSocket) {
  const int listening = static_cast<int>(make_listener(manager_).release());
  const auto refused = adopt(listening);
  expect_refused(refused, listening, std::errc::invalid_argument);
  EXPECT_NE(error_of(refused).message().find("listening"), std::string::npos);
}

TEST_F(Adopt, OfASocketThatIsNotConnectedSaysSoLater) {
  auto stream = or_raise(adopt(raw_socket(AF_INET, SOCK_STREAM)));
  EXPECT_EQ(error_of(stream.peer_addr()), std::errc::not_connected);
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(stream.read(one)), std::errc::not_connected);
  EXPECT_FALSE(stream.write("x"sv));
}

TEST_F(Adopt, ClosesTheSocketWhereverTheSystemFails) {  // F04
  const unsigned calls = fail_each_call(ENOBUFS, [&] {
    const int raw = ::socket(AF_INET, SOCK_STREAM, 0);
    if (raw < 0) return;
    if (const auto adopted = adopt(raw); !adopted) {
      EXPECT_FALSE(raw::is_open(raw));
    }
  });
  EXPECT_GE(calls, 1U);
}

TEST_F(Adopt, ClosesTheSocketWhenMemoryHasRunOut) {
  const int raw = static_cast<int>(client_.release());
  std::optional<Result<TcpStream>> adopted;
  {
    const NoMemory none;
    adopted = adopt(raw);
  }
  expect_refused(*adopted, raw, std::errc::not_enough_memory);
}

}  // namespace
}  // namespace mtcp::test
