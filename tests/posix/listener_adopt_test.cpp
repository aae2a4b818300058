#include <array>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/ip_versions.hpp"
#include "support/pair.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

bool is_open(int descriptor) {
  return ::fcntl(descriptor, F_GETFD) >= 0;
}

/// A listening socket as programs without mtcp make it: blocking, inherited by exec.
int make_plain_listener(int family) {
  const int listener = ::socket(family, SOCK_STREAM, 0);
  EXPECT_EQ(::listen(listener, 5), 0);
  return listener;
}

// A23, F14: `descriptor` is refused by adopt() of both kinds, which close it all the same.
template <class Adopter>
void expect_refused(int descriptor, std::errc code, const std::string& cause) {
  const auto manager = make_manager();
  const auto adopted = Adopter::adopt(manager, descriptor);
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(adopted.error(), code) << adopted.error().message();
  const std::string message = adopted.error().message();
  EXPECT_NE(message.find("from descriptor " + std::to_string(descriptor)), std::string::npos)
      << message;
  EXPECT_NE(message.find(cause), std::string::npos) << message;
  EXPECT_FALSE(is_open(descriptor));
}

void expect_both_refuse(const std::function<int()>& make, std::errc code,
                        const std::string& cause) {
  const DescriptorGuard guard;
  expect_refused<TcpListener>(make(), code, cause);
  expect_refused<TcpStream>(make(), code, cause);
}

TEST(ListenerAdopt, RefusesWhatIsNotOpen) {
  expect_both_refuse([] { return -1; }, std::errc::bad_file_descriptor, "Bad file descriptor");
  expect_both_refuse([] { return 19999; }, std::errc::bad_file_descriptor, "Bad file descriptor");
}

TEST(ListenerAdopt, RefusesFiles) {
  expect_both_refuse([] { return ::open("/dev/null", O_RDONLY); }, std::errc::not_a_socket,
                     in_words(std::errc::not_a_socket));
}

TEST(ListenerAdopt, RefusesDatagramSockets) {
  expect_both_refuse([] { return ::socket(AF_INET, SOCK_DGRAM, 0); },
                     std::errc::wrong_protocol_type, "wrong type");
}

TEST(ListenerAdopt, RefusesLocalSockets) {
  expect_both_refuse([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); },
                     std::errc::address_family_not_supported, "Address family");
  expect_both_refuse([] { return ::socket(AF_UNIX, SOCK_DGRAM, 0); },
                     std::errc::wrong_protocol_type, "wrong type");
}

TEST(ListenerAdopt, RefusesListenersThatDoNotListen) {
  const DescriptorGuard guard;
  expect_refused<TcpListener>(::socket(AF_INET, SOCK_STREAM, 0), std::errc::invalid_argument,
                              "not listening");
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  expect_refused<TcpListener>(int(pair.client.release()), std::errc::invalid_argument,
                              "not listening");
}

TEST(ListenerAdopt, RefusesStreamsThatListen) {
  const DescriptorGuard guard;
  expect_refused<TcpStream>(make_plain_listener(AF_INET), std::errc::invalid_argument, "listening");
}

// F13: another thread may have got the number since
TEST(ListenerAdopt, DoesNotCloseWhatIsNotOpen) {
  const auto manager = make_manager();
  int closed = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    closed += call.name == "close";
    return Verdict::pass();
  });
  for (const NativeHandle handle : {NativeHandle(), NativeHandle(-7), NativeHandle(19999)}) {
    EXPECT_FALSE(TcpListener::adopt(manager, handle));
    EXPECT_FALSE(TcpStream::adopt(manager, handle));
  }
  EXPECT_EQ(closed, 0);
}

// A20
TEST(ListenerAdopt, MakesAPlainListenerOursForGood) {
  const DescriptorGuard guard;
  const auto manager = make_manager();
  const int plain = make_plain_listener(AF_INET);
  auto listener = or_raise(TcpListener::adopt(manager, plain));
  EXPECT_EQ(int(listener.native_handle()), plain);
  EXPECT_TRUE(::fcntl(plain, F_GETFD) & FD_CLOEXEC);
  ASSERT_TRUE(::fcntl(plain, F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(listener.accept(0s).error().timed_out());
  const auto address = or_raise(listener.local_addr());  // a wildcard
  auto client = or_raise(TcpStream::connect(manager, address, 60s));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  EXPECT_TRUE(or_raise(server.nodelay()));
}

TEST(ListenerAdopt, TakesV6Listeners) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  const DescriptorGuard guard;
  const auto manager = make_manager();
  auto listener = or_raise(TcpListener::adopt(manager, make_plain_listener(AF_INET6)));
  const auto address = or_raise(listener.local_addr());
  EXPECT_TRUE(address.is_v6());
  EXPECT_TRUE(TcpStream::connect(manager, SocketAddr::loopback_v6(address.port()), 60s));
  EXPECT_TRUE(listener.accept(60s));
}

/// A connected socket as programs without mtcp make it.
int connect_plainly(const SocketAddr& to) {
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(to.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return client;
}

TEST(ListenerAdopt, MakesAPlainStreamOursForGood) {
  const DescriptorGuard guard;
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const int plain = connect_plainly(or_raise(listener.local_addr()));
  auto client = or_raise(TcpStream::adopt(manager, plain));
  auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  EXPECT_TRUE(::fcntl(plain, F_GETFD) & FD_CLOEXEC);
  EXPECT_TRUE(or_raise(client.nodelay()));
  EXPECT_EQ(or_raise(client.peer_addr()), or_raise(listener.local_addr()));
  std::array<char, 2> buffer;
  EXPECT_TRUE(client.read(buffer, 0s).error().timed_out());  // although the socket is blocking
  EXPECT_TRUE(server.write_all(std::string_view("hi"), 60s));
  EXPECT_TRUE(client.read_exact(buffer, 60s));
}

}  // namespace
}  // namespace mtcp::test
