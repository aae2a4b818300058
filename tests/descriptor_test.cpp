#include <array>
#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/everything.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

// F03
TEST(Descriptors, AreAllGivenBack) {
  const DescriptorGuard guard;
  for (int i = 0; i < 20; ++i) {
    const Everything everything;
  }
}

// F02
TEST(Descriptors, SufficeForManyConnectionsOneAfterTheOther) {
  const DescriptorGuard guard;
  const DescriptorLimit limit(64);
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  for (int i = 0; i < 2048; ++i) {
    const auto client = TcpStream::connect(manager, address, 60s);
    ASSERT_TRUE(client) << i << ": " << client.error().message();
    const auto server = listener.accept(60s);
    ASSERT_TRUE(server) << i << ": " << server.error().message();
  }
}

/// Many connections on one manager.
std::vector<Pair> make_crowd(const TcpManager& manager, int size) {
  auto listener = make_listener(manager);
  const auto address = or_raise(listener.local_addr());
  std::vector<Pair> crowd;
  for (int i = 0; i < size; ++i) {
    auto client = or_raise(TcpStream::connect(manager, address, 60s));
    auto server = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
    crowd.push_back({std::move(client), std::move(server)});
  }
  return crowd;
}

// F11
TEST(Descriptors, MayBeThousandsOnOneManager) {
  const auto manager = make_manager();
  auto crowd = make_crowd(manager, 4000);
  std::array<char, 1> byte;
  for (auto& [client, server] : crowd) {
    ASSERT_TRUE(server.read(byte, 0s).error().timed_out());
    ASSERT_TRUE(client.write_all(std::string_view("x"), 60s));
    ASSERT_EQ(or_raise(server.read(byte, 60s)), 1U);
  }
}

// F11: parked all at once
TEST(StressDescriptors, MayBeWaitedForByThousandsOfThreads) {
  const auto manager = make_manager();
  auto crowd = make_crowd(manager, 2000);
  std::vector<std::jthread> readers;
  std::atomic<int> cancelled{0};
  for (auto& pair : crowd) {
    readers.emplace_back([&] {
      std::array<char, 1> byte;
      const auto read = pair.server.read(byte);
      if (!read && read.error().cancelled()) ++cancelled;
    });
  }
  wait_until_parked(manager, 2000);
  manager.canceller().cancel();
  readers.clear();
  EXPECT_EQ(cancelled, 2000);
}

}  // namespace
}  // namespace mtcp::test
