#include <algorithm>
#include <array>
#include <fcntl.h>
#include <future>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"

// Law 5: in a program whose standard streams are closed, descriptors 0, 1 and 2 are sockets and
// wake events like any others. Each test runs in a child; its status says what was wrong, since
// what it prints could go into a socket.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::set<int>> choices() {
  return {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};
}

void close_all(const std::set<int>& descriptors) {
  for (const int descriptor : descriptors) ::close(descriptor);
}

bool all_taken(const std::set<int>& descriptors) {
  return std::ranges::includes(open_descriptors(), descriptors);
}

/// A cancel ends a read in another thread, and afterwards all goes on.
bool can_be_cancelled(const TcpManager& manager, TcpStream& stream, TcpStream& peer) {
  auto pending = std::async(std::launch::async, [&] {
    std::array<char, 10> buffer{};
    return stream.read(buffer, 30s);
  });
  wait_until_parked(manager);
  manager.canceller().cancel();
  if (!error_of(pending.get()).cancelled()) return false;
  manager.restart();
  give(peer, "again");
  return take(stream, 5) == "again";
}

TEST(StandardStreams, MayBeWakeEvents) {
  for (const auto& closed : choices())
    expect_success_in_child([&] {
      const auto outside = make_manager();
      auto pair = make_pair(outside);
      close_all(closed);
      std::vector<TcpManager> managers;
      for (std::size_t i = 0; i < closed.size(); ++i) managers.push_back(make_manager());
      if (!all_taken(closed)) return 1;
      for (const auto& manager : managers) {
        pair.server.tie(manager);
        if (!can_be_cancelled(manager, pair.server, pair.client)) return 2;
        if (!manager.sleep(1ms)) return 3;
      }
      pair.server.tie(outside);
      managers.clear();
      return std::ranges::any_of(closed, [](int d) { return ::fcntl(d, F_GETFD) >= 0; }) ? 4 : 0;
    });
}

TEST(StandardStreams, MayBeStreams) {
  for (const auto& closed : choices())
    expect_success_in_child([&] {
      const auto manager = make_manager();
      auto listener = make_listener(manager);
      const auto address = or_raise(listener.local_addr());
      const auto before = open_descriptors();
      close_all(closed);
      {
        auto client = or_raise(TcpStream::connect(manager, address, 30s));
        auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(30s))));
        auto clone = or_raise(server.try_clone());
        if (!all_taken(closed)) return 1;
        if (!clone.native_handle().valid() || !server.native_handle().valid()) return 2;
        if (!can_be_cancelled(manager, clone, client)) return 3;
        if (!can_be_cancelled(manager, client, server)) return 4;
        if (!manager.wait_writable(client.native_handle(), 30s)) return 5;
        or_raise(client.shutdown(Shutdown::Write));
        if (take_rest(server) != "") return 6;
      }
      std::set<int> left;
      std::ranges::set_difference(before, closed, std::inserter(left, left.end()));
      return std::ranges::includes(left, open_descriptors()) ? 0 : 7;
    });
}

TEST(StandardStreams, MayBeListeners) {
  for (const int closed : {0, 1, 2})
    expect_success_in_child([&] {
      const auto manager = make_manager();
      ::close(closed);
      auto listener = make_listener(manager);
      if (int(listener.native_handle()) != closed) return 1;
      auto pending = std::async(std::launch::async, [&] { return listener.accept(30s); });
      wait_until_parked(manager);
      manager.canceller().cancel();
      if (!error_of(pending.get()).cancelled()) return 2;
      manager.restart();
      const auto client =
          or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 30s));
      if (!listener.accept(30s)) return 3;
      return TcpListener::adopt(manager, listener.release()) ? 0 : 4;
    });
}

TEST(StandardStreams, MayBeAdopted) {
  for (const int closed : {0, 1, 2})
    expect_success_in_child([&] {
      const auto manager = make_manager();
      auto pair = make_pair(manager);
      ::dup2(static_cast<int>(pair.server.native_handle()), closed);
      auto adopted = or_raise(TcpStream::adopt(manager, closed));
      give(pair.client, "hello");
      if (take(adopted, 5) != "hello") return 1;
      if (int(adopted.release()) != closed) return 2;
      return ::fcntl(closed, F_GETFD) == FD_CLOEXEC ? 0 : 3;
    });
}

}  // namespace
}  // namespace mtcp::test
