#include <atomic>
#include <cstddef>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// Ends when so many sessions run.
void wait_until_running(const TcpManager& manager, const TcpServer& server, std::size_t count) {
  const Deadline patience(60s);
  while (server.report().running != count) {
    ASSERT_FALSE(patience.expired());
    or_raise(manager.sleep(1ms));
  }
}

class ServerReport : public ::testing::Test {
 protected:
  TcpManager manager_ = make_manager();
  TcpManager clients_ = make_manager();
};

TEST_F(ServerReport, SaysWhileItRunsWhatWasDoneSoFar) {
  RunningServer server(make_server(manager_, echo));
  EXPECT_EQ(server->report().running, 0u);
  auto one = server.connect(clients_);
  auto other = server.connect(clients_);
  wait_until_running(clients_, *server, 2);
  EXPECT_EQ(server->report().served, 0u);
  or_raise(one.shutdown(Shutdown::Write));
  wait_until_running(clients_, *server, 1);
  EXPECT_EQ(server->report().served, 1u);
  server->aborter().cancel();
  const auto last = server.report();
  EXPECT_EQ(last.running, 0u);
  EXPECT_EQ(last.served, 1u);
  EXPECT_EQ(last.aborted, 1u);
  EXPECT_EQ(server->report().aborted, 1u);
}

TEST_F(ServerReport, AddsUpAtEveryMoment) {
  RunningServer server(make_server(manager_, [](const auto&, auto&) { throw 1; }));
  std::atomic<bool> all{false};
  const std::jthread asking([&] {
    while (!all) {
      const auto report = server->report();
      ASSERT_LE(report.errors, report.served + report.drained + report.aborted);
    }
  });
  for (int i = 0; i < 500; ++i) static_cast<void>(server.connect(clients_));
  all = true;
}

TEST_F(ServerReport, IsZeroWhenMovedFrom) {
  auto server = make_server(manager_, echo);
  const auto moved = std::move(server);
  EXPECT_EQ(server.report().running, 0u);
}

TEST_F(ServerReport, TellsOnceThatTheDrainBegins) {
  std::promise<std::size_t> running;  // throws if it is told twice
  TcpServer* self = nullptr;
  TcpServerOptions options{.grace = 1h};
  options.on_drain = [&] { running.set_value(self->report().running); };
  auto made = make_server(manager_, echo, std::move(options));
  const auto address = made.local_addrs().front();
  RunningServer server(std::move(made));
  self = &*server;
  auto client = server.connect(clients_);
  expect_echo(client);
  server->stop();
  EXPECT_EQ(running.get_future().get(), 1u);
  const auto late = TcpStream::connect(clients_, address, 60s);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(), std::errc::connection_refused);
  or_raise(client.shutdown(Shutdown::Write));
  expect_end(client);
  EXPECT_EQ(server.report().drained, 1u);
}

}  // namespace
}  // namespace mtcp::test
