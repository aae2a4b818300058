#include <array>
#include <atomic>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/running_server.hpp"
#include "support/seed.hpp"
#include "support/small_thread.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

struct Seen {
  std::atomic<std::size_t> opened{0};
  std::atomic<std::size_t> closed{0};
  std::atomic<std::size_t> running{0};
  std::atomic<bool> too_many{false};
};

/// Connects and talks, again and again, until nobody answers.
void talk(const SocketAddr& address, std::atomic<std::size_t>& talks) {
  const auto manager = make_manager();
  for (;;) {
    auto client = TcpStream::connect(manager, address, 60s);
    if (!client) return;
    std::array<char, 4> back{};
    if (!client->write_all(std::string_view("ping"), 60s)) continue;
    if (!client->read_exact(back, 60s)) continue;
    EXPECT_EQ(std::string_view(back.data(), back.size()), "ping");
    ++talks;
  }
}

/// One life of a server, which clients storm while it is stopped.
void live(std::chrono::microseconds age, std::chrono::nanoseconds grace, bool abort) {
  constexpr std::size_t most = 5;
  Seen seen;
  TcpServerOptions options{.max_sessions = most, .grace = grace};
  options.on_open = [&](const SocketAddr&) {
    ++seen.opened;
    if (++seen.running > most) seen.too_many = true;
  };
  options.on_close = [&](const SocketAddr&, const std::exception_ptr&) {
    --seen.running;
    ++seen.closed;
  };
  const auto manager = make_manager();
  RunningServer server(make_server(manager, echo, std::move(options)));
  const auto address = server->local_addrs().front();
  std::atomic<std::size_t> talks{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) clients.emplace_back([&] { talk(address, talks); });
    or_raise(manager.sleep(age));
    abort ? server->aborter().cancel() : server->stop();
    const auto report = server.report();
    EXPECT_EQ(report.served + report.drained + report.aborted, seen.opened);
    EXPECT_EQ(report.refused, 0U);
    EXPECT_EQ(report.errors, 0U);
  }
  EXPECT_EQ(seen.opened, seen.closed);
  EXPECT_FALSE(seen.too_many);
  EXPECT_LE(talks, seen.opened);
}

TEST(StressServer, CountsEverySessionWhileClientsStormAndAStopComes) {
  std::mt19937_64 random(make_seed());
  const DescriptorGuard guard;
  const auto threads = thread_count();
  const Deadline end(4s);
  for (int life = 0; !end.expired() && !::testing::Test::HasFailure(); ++life) {
    const std::chrono::microseconds age(random() % 30'000);
    const auto grace = life % 3 == 0 ? std::chrono::nanoseconds(0) : 1ms * (random() % 20);
    live(age, grace, life % 4 == 1);
  }
  wait_until_threads(threads);
}

}  // namespace
}  // namespace mtcp::test
