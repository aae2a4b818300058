#include <array>
#include <functional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/ip_versions.hpp"
#include "support/patience.hpp"
#include "support/raw_socket.hpp"
#include "support/system_calls.hpp"
#include "sys/windows/address.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

using Adopt = Connected;

NativeHandle handle_of(SOCKET socket) {
  return NativeHandle(std::uintptr_t{socket});
}

/// Sockets as programs without mtcp make them: blocking, inherited by child processes.
SOCKET plain_socket(int family, int type = SOCK_STREAM) {
  const SOCKET made = ::socket(family, type, 0);
  EXPECT_NE(made, INVALID_SOCKET);
  return made;
}

/// INVALID_SOCKET where a SystemCallJudge says so.
SOCKET plain_listener(const SocketAddr& address) {
  const SOCKET made = plain_socket(address.is_v4() ? AF_INET : AF_INET6);
  const sys::NativeAddress native(address);
  if (::bind(made, native.get(), native.size()) == 0 && ::listen(made, 5) == 0) return made;
  ::closesocket(made);
  return INVALID_SOCKET;
}

SOCKET connect_plainly(const SocketAddr& to) {
  const SOCKET made = plain_socket(AF_INET);
  const sys::NativeAddress native(to);
  EXPECT_EQ(::connect(made, native.get(), native.size()), 0);
  return made;
}

bool is_inherited(SOCKET socket) {
  DWORD flags = 0;
  EXPECT_TRUE(::GetHandleInformation(sys::object_of(handle_of(socket)), &flags));
  return (flags & HANDLE_FLAG_INHERIT) != 0;
}

template <class Adopter>
TcpError expect_refused(const TcpManager& manager, NativeHandle handle, std::errc code) {
  const auto adopted = Adopter::adopt(manager, handle);
  const TcpError error = error_of(adopted);
  EXPECT_EQ(error, code) << error.message();
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  const auto number = std::to_string(static_cast<int>(handle));
  EXPECT_NE(error.message().find("from descriptor " + number), std::string::npos)
      << error.message();
  return error;
}

TEST_F(Adopt, TakesAForeignSocketAsOurs) {
  auto listener = make_listener(manager_);
  const SOCKET raw = connect_plainly(or_raise(listener.local_addr()));
  ASSERT_TRUE(is_inherited(raw));
  auto stream = or_raise(TcpStream::adopt(manager_, handle_of(raw)));
  auto peer = or_raise(TcpStream::from(manager_, or_raise(listener.accept(60s))));
  EXPECT_EQ(stream.native_handle(), handle_of(raw));
  EXPECT_FALSE(is_inherited(raw));
  EXPECT_TRUE(or_raise(stream.nodelay()));
  EXPECT_EQ(or_raise(stream.peer_addr()), or_raise(peer.local_addr()));
  give(peer, "works");
  EXPECT_EQ(take(stream, 5), "works");
  std::array<char, 1> one{};
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.read(one, 20ms)).timed_out()); });
  fill(stream);
  expect_ends_after(20ms, [&] { EXPECT_TRUE(error_of(stream.write("x"sv, 20ms)).timed_out()); });
  EXPECT_EQ(::closesocket(static_cast<std::uintptr_t>(stream.release())), 0);
}

TEST_F(Adopt, TakesAForeignListenerAsOurs) {
  const SOCKET raw = plain_listener(SocketAddr::loopback_v4());
  auto listener = or_raise(TcpListener::adopt(manager_, handle_of(raw)));
  EXPECT_EQ(listener.native_handle(), handle_of(raw));
  EXPECT_FALSE(is_inherited(raw));
  EXPECT_TRUE(listener.accept(0s).error().timed_out());
  auto client = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr()), 60s));
  auto server = or_raise(TcpStream::from(manager_, or_raise(listener.accept(60s))));
  EXPECT_FALSE(is_inherited(static_cast<std::uintptr_t>(server.native_handle())));
  EXPECT_TRUE(or_raise(server.nodelay()));
  give(client, "works");
  EXPECT_EQ(take(server, 5), "works");
}

TEST_F(Adopt, TakesV6Listeners) {
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  const SOCKET raw = plain_listener(SocketAddr::loopback_v6());
  auto listener = or_raise(TcpListener::adopt(manager_, handle_of(raw)));
  EXPECT_TRUE(TcpStream::connect(manager_, or_raise(listener.local_addr()), 60s));
  EXPECT_TRUE(listener.accept(60s));
}

TEST_F(Adopt, IsNotAffectedByACancelledState) {
  manager_.canceller().cancel();
  EXPECT_TRUE(TcpStream::adopt(manager_, client_.release()));
}

TEST_F(Adopt, RefusesWhatIsNotOpen) {  // F14
  const DescriptorGuard guard;
  constexpr SOCKET never_given_out = 0x7ffffff0;
  int closes = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    closes += call.name == "close";
    return Verdict::pass();
  });
  for (const NativeHandle handle :
       {handle_of(never_given_out), handle_of(INVALID_SOCKET), NativeHandle(-7)}) {
    expect_refused<TcpStream>(manager_, handle, std::errc::bad_file_descriptor);
    expect_refused<TcpListener>(manager_, handle, std::errc::bad_file_descriptor);
  }
  EXPECT_EQ(closes, 0);  // another thread may have got the number since
}

// Winsock closes sockets alone.
TEST_F(Adopt, RefusesFilesWhichStayOpen) {
  const HANDLE file =
      ::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
  ASSERT_NE(file, INVALID_HANDLE_VALUE);
  const NativeHandle handle(reinterpret_cast<std::uintptr_t>(file));
  expect_refused<TcpStream>(manager_, handle, std::errc::not_a_socket);
  expect_refused<TcpListener>(manager_, handle, std::errc::not_a_socket);
  EXPECT_TRUE(::CloseHandle(file));
}

/// `make` makes a socket that neither kind takes, and both close.
void expect_both_refuse(const TcpManager& manager, const std::function<SOCKET()>& make,
                        std::errc code) {
  const DescriptorGuard guard;
  const SOCKET first = make();
  expect_refused<TcpStream>(manager, handle_of(first), code);
  EXPECT_FALSE(raw::is_open(handle_of(first)));
  const SOCKET second = make();
  expect_refused<TcpListener>(manager, handle_of(second), code);
  EXPECT_FALSE(raw::is_open(handle_of(second)));
}

TEST_F(Adopt, RefusesAndClosesWhatIsNoStreamSocketOfTheInternet) {  // F14
  for (const int family : {AF_INET, AF_INET6})
    expect_both_refuse(
        manager_, [&] { return plain_socket(family, SOCK_DGRAM); }, std::errc::wrong_protocol_type);
  const SOCKET local = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (local == INVALID_SOCKET) return;  // Windows 10 1803
  ::closesocket(local);
  expect_both_refuse(
      manager_, [] { return plain_socket(AF_UNIX); }, std::errc::address_family_not_supported);
}

TEST_F(Adopt, RefusesAndClosesListenersAsStreamsAndStreamsAsListeners) {
  const DescriptorGuard guard;
  const NativeHandle listening = make_listener(manager_).release();
  const auto error = expect_refused<TcpStream>(manager_, listening, std::errc::invalid_argument);
  EXPECT_NE(error.message().find("the socket is listening"), std::string::npos);
  EXPECT_FALSE(raw::is_open(listening));
  auto pair = make_pair(manager_);
  for (const NativeHandle stream : {handle_of(plain_socket(AF_INET)), pair.client.release()}) {
    const auto other = expect_refused<TcpListener>(manager_, stream, std::errc::invalid_argument);
    EXPECT_NE(other.message().find("not listening"), std::string::npos);
    EXPECT_FALSE(raw::is_open(stream));
  }
}

TEST_F(Adopt, OfASocketThatIsNotConnectedSaysSoLater) {
  auto stream = or_raise(TcpStream::adopt(manager_, handle_of(plain_socket(AF_INET))));
  EXPECT_EQ(error_of(stream.peer_addr()), std::errc::not_connected);
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(stream.read(one)), std::errc::not_connected);
  EXPECT_FALSE(stream.write("x"sv));
}

TEST_F(Adopt, ClosesTheSocketWhereverTheSystemFails) {  // F04
  const auto manager = make_manager();
  const unsigned of_streams = fail_each_call(ENOBUFS, [&] {
    const NativeHandle raw = handle_of(plain_socket(AF_INET));
    const auto adopted = TcpStream::adopt(manager, raw);
    EXPECT_TRUE(adopted || adopted.error() == std::errc::no_buffer_space);
  });
  EXPECT_GE(of_streams, 4U);
  const unsigned of_listeners = fail_each_call(ENOBUFS, [&] {
    const NativeHandle raw = handle_of(plain_listener(SocketAddr::loopback_v4()));
    if (!raw.valid()) return;
    const auto adopted = TcpListener::adopt(manager, raw);
    EXPECT_TRUE(adopted || adopted.error() == std::errc::no_buffer_space);
  });
  EXPECT_GE(of_listeners, 4U);
}

}  // namespace
}  // namespace mtcp::test
