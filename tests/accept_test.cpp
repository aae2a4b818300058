#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/ip_versions.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TcpStream connect_to(const TcpManager& manager, const TcpListener& listener) {
  return or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
}

void expect_same_addresses(const TcpManager& manager, const SocketAddr& bound) {
  auto listener = or_raise(TcpListener::bind(manager, bound));
  const auto client = connect_to(manager, listener);
  const auto server = or_raise(listener.accept(60s));
  EXPECT_EQ(or_raise(client.local_addr()), or_raise(server.peer_addr()));
  EXPECT_EQ(or_raise(client.peer_addr()), or_raise(server.local_addr()));
  EXPECT_EQ(or_raise(client.peer_addr()), or_raise(listener.local_addr()));
}

// A19
TEST(Accept, GivesBothSidesTheSameAddresses) {
  const auto manager = make_manager();
  expect_same_addresses(manager, SocketAddr::loopback_v4());
  if (!has_ipv6()) GTEST_SKIP() << "this system has no IPv6";
  expect_same_addresses(manager, SocketAddr::loopback_v6());
}

// A19
TEST(Accept, KeepsTheAddressesInTheStream) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto client = connect_to(manager, listener);
  const auto stream = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  EXPECT_EQ(or_raise(stream.peer_addr()), or_raise(client.local_addr()));
  EXPECT_EQ(or_raise(stream.local_addr()), or_raise(client.peer_addr()));
}

TEST(Accept, KnowsAPeerThatIsGoneAlready) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  auto client = connect_to(manager, listener);
  const auto peer = or_raise(client.local_addr());
  reset(std::move(client));
  const auto server = or_raise(listener.accept(60s));
  EXPECT_EQ(or_raise(server.peer_addr()), peer);
}

// A20
TEST(Accept, MakesStreamsWithoutDelay) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto client = connect_to(manager, listener);
  const auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  EXPECT_TRUE(or_raise(server.nodelay()));
  EXPECT_TRUE(or_raise(client.nodelay()));
}

// A21
TEST(Accept, TimesOutAgainAndAgain) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto accepted = listener.accept(5ms);
    ASSERT_FALSE(accepted);
    EXPECT_TRUE(accepted.error().timed_out()) << accepted.error().message();
    EXPECT_EQ(accepted.error().message().find("accept on 127.0.0.1:"), 0U);
    EXPECT_GE(std::chrono::steady_clock::now() - start, 5ms);
  }
  const auto client = connect_to(manager, listener);
  EXPECT_TRUE(listener.accept(60s));
}

// A18
TEST(Accept, TriesNoMoreThanItMust) {
  const auto manager = or_raise(TcpManager::create({.spin = 0ns}));
  auto listener = make_listener(manager);
  std::atomic<int> tries{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "accept4") ++tries;
    return Verdict::pass();
  });
  Result<TcpConnection> accepted = std::unexpected(listener.accept(0s).error());
  tries = 0;
  std::jthread acceptor([&] { accepted = listener.accept(60s); });
  wait_until_parked(manager);
  const auto client = connect_to(make_manager(), listener);
  acceptor.join();
  EXPECT_TRUE(accepted);
  EXPECT_LE(tries, 3);
}

/// Threads that accept on one listener until it gives an error, and what they accepted.
class Acceptors {
 public:
  Acceptors(TcpListener& listener, int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, &listener] { run(listener); });
  }

  void join() { threads_.clear(); }

  /// The peers in order; the same one twice if it was accepted twice.
  std::multiset<SocketAddr> peers() const {
    const std::lock_guard lock(mutex_);
    return peers_;
  }
  int cancelled() const { return cancelled_; }

 private:
  void run(TcpListener& listener) {
    for (;;) {
      const auto accepted = listener.accept();
      if (!accepted) {
        if (accepted.error().cancelled()) ++cancelled_;
        return;
      }
      const std::lock_guard lock(mutex_);
      peers_.insert(or_raise(accepted->peer_addr()));
    }
  }

  mutable std::mutex mutex_;
  std::multiset<SocketAddr> peers_;
  std::atomic<int> cancelled_{0};
  std::vector<std::jthread> threads_;
};

void wait_for_peers(const Acceptors& acceptors, std::size_t count) {
  const Deadline patience(60s);
  while (acceptors.peers().size() < count && !patience.expired())
    std::this_thread::sleep_for(200us);
}

// A16
TEST(Accept, GivesEachConnectionToOneOfSeveralThreads) {
  const auto manager = make_manager();
  const auto clients_manager = make_manager();
  auto listener = make_listener(manager);
  Acceptors acceptors(listener, 10);
  std::multiset<SocketAddr> clients;
  std::vector<TcpStream> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(connect_to(clients_manager, listener));
    clients.insert(or_raise(streams.back().local_addr()));
  }
  wait_for_peers(acceptors, clients.size());
  wait_until_parked(manager, 10);
  manager.canceller().cancel();
  acceptors.join();
  EXPECT_EQ(acceptors.peers(), clients);
  EXPECT_EQ(acceptors.cancelled(), 10);
}

// A17
TEST(Accept, LeavesTheOtherThreadsQuietlyWaitingWhenOneGetsTheConnection) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  Acceptors acceptors(listener, 50);
  wait_until_parked(manager, 50);
  const auto client = connect_to(make_manager(), listener);
  wait_for_peers(acceptors, 1);
  wait_until_parked(manager, 50);
  const auto used = processor_time([] { EXPECT_TRUE(make_manager().sleep(200ms)); });
  EXPECT_LT(used, 50ms);
  manager.canceller().cancel();
  acceptors.join();
  EXPECT_EQ(acceptors.peers().size(), 1U);
  EXPECT_EQ(acceptors.cancelled(), 50);
}

}  // namespace
}  // namespace mtcp::test
