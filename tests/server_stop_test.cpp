#include <array>
#include <atomic>
#include <exception>
#include <future>
#include <stop_token>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/cancel_on_stop.hpp>
#include <mtcp/mtcp.hpp>

#include "support/by_name.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/running_server.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

void expect_report(const TcpServerReport& seen, const TcpServerReport& expected) {
  EXPECT_EQ(seen.served, expected.served);
  EXPECT_EQ(seen.drained, expected.drained);
  EXPECT_EQ(seen.aborted, expected.aborted);
  EXPECT_EQ(seen.refused, expected.refused);
  EXPECT_EQ(seen.errors, expected.errors);
}

class ServerStop : public ::testing::Test {
 protected:
  TcpManager manager_ = make_manager();  // the server's
  TcpManager clients_ = make_manager();
};

TEST_F(ServerStop, MayComeBeforeRun) {
  auto server = make_server(manager_, echo);
  EXPECT_TRUE(server.stop());
  EXPECT_FALSE(server.stop());
  EXPECT_TRUE(server.drainer().cancelled());
  expect_report(or_raise(server.run()), {});
}

TEST_F(ServerStop, ClosesTheListenersAndLetsSessionsGoOn) {
  RunningServer server(make_server(manager_, echo, {.grace = 1h}));
  const auto address = server->local_addrs().front();
  auto client = server.connect(clients_);
  expect_echo(client);
  wait_until_parked(manager_, 2);  // the session, and run(): it accepts nobody any more
  server->stop();
  wait_until_closed(clients_, address);
  EXPECT_FALSE(server.over());
  expect_echo(client);
  or_raise(client.shutdown(Shutdown::Write));
  expect_end(client);
  expect_report(server.report(), {.drained = 1});
}

TEST_F(ServerStop, CountsASessionAsDrainedFromTheCallOn) {
  std::promise<void> go;
  const auto session = [&](const TcpManager&, TcpStream& stream) {
    or_raise(stream.write_all(std::string_view("x")));
    go.get_future().wait();
  };
  RunningServer server(make_server(manager_, session, {.grace = 1h}));
  auto client = server.connect(clients_);
  std::array<std::byte, 1> byte;
  or_raise(client.read_exact(byte, 60s));
  server->stop();
  go.set_value();  // before run()'s thread may have seen the stop
  expect_report(server.report(), {.drained = 1});
}

TEST_F(ServerStop, AbortsWhenTheGraceIsOver) {
  const auto abort = [&] {
    std::promise<TcpError> error;
    const auto session = [&](const TcpManager& own, TcpStream& stream) {
      echo(own, stream);
      std::array<std::byte, 1> byte;
      error.set_value(error_of(stream.read(byte)));
    };
    RunningServer server(make_server(manager_, session, {.grace = 60ms}));
    auto client = server.connect(clients_);
    expect_echo(client);
    const auto took = elapsed([&] {
      server->stop();
      expect_report(server.report(), {.aborted = 1});
    });
    EXPECT_GE(took, 60ms);
    EXPECT_TRUE(error.get_future().get().cancelled());
    expect_end(client);
  };
  expect_once_within(110ms, abort);
}

TEST_F(ServerStop, AbortsAtOnceByTheAborter) {
  RunningServer server(make_server(manager_, echo, {.grace = 1h}));
  auto client = server.connect(clients_);
  expect_echo(client);
  EXPECT_TRUE(server->aborter().cancel());
  expect_report(server.report(), {.aborted = 1});
  expect_end(client);
  EXPECT_FALSE(manager_.cancelled());
}

TEST_F(ServerStop, AbortsWhileItDrains) {
  RunningServer server(make_server(manager_, echo, {.grace = 1h}));
  const auto address = server->local_addrs().front();
  auto one = server.connect(clients_);
  auto two = server.connect(clients_);
  expect_echo(one);
  expect_echo(two);
  wait_until_parked(manager_, 3);
  server->stop();
  wait_until_closed(clients_, address);
  or_raise(one.shutdown(Shutdown::Write));
  expect_end(one);
  server->aborter().cancel();
  expect_report(server.report(), {.drained = 1, .aborted = 1});
}

TEST_F(ServerStop, AbortsWhenTheManagerIsCancelled) {
  RunningServer server(make_server(manager_, echo, {.grace = 1h}));
  auto client = server.connect(clients_);
  expect_echo(client);
  manager_.canceller().cancel();
  expect_report(server.report(), {.aborted = 1});
}

TEST_F(ServerStop, AbortsAlsoWhenTheManagerIsRestartedAtOnce) {
  std::atomic<bool> restarted{false};
  const auto stubborn = [&](const TcpManager& own, TcpStream& stream) {
    echo(own, stream);
    restarted.wait(false);
    static_cast<void>(own.sleep(1h));  // an abort ends it, the cancel alone does not any more
  };
  RunningServer server(make_server(manager_, stubborn, {.grace = 1h}));
  auto client = server.connect(clients_);
  expect_echo(client);
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "close") restarted.wait(false);  // run() closes its listener that late
    return Verdict::pass();
  });
  manager_.canceller().cancel();
  manager_.restart();
  restarted = true;
  restarted.notify_all();
  expect_report(server.report(), {.aborted = 1});
}

TEST_F(ServerStop, ComesThroughWhileItWaitsForRoom) {
  RunningServer server(make_server(manager_, echo, {.max_sessions = 1, .grace = 1h}));
  auto client = server.connect(clients_);
  expect_echo(client);
  auto queued = server.connect(clients_);
  wait_until_parked(manager_, 2);  // the session, and run() for want of room
  server->stop();
  or_raise(client.shutdown(Shutdown::Write));
  expect_report(server.report(), {.drained = 1});
  std::array<std::byte, 1> byte;
  EXPECT_EQ(error_of(queued.read(byte, 60s)), std::errc::connection_reset);
}

TEST_F(ServerStop, ComesFromASession) {
  std::promise<TcpServer*> known;
  const auto server_known = known.get_future().share();
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    server_known.get()->stop();
    echo(own, stream);
  };
  RunningServer server(make_server(manager_, session, {.grace = 1h}));
  known.set_value(&*server);
  {
    auto client = server.connect(clients_);
    expect_echo(client);
  }
  expect_report(server.report(), {.drained = 1});
}

TEST_F(ServerStop, ComesByAStopToken) {
  std::stop_source source;
  RunningServer server(make_server(manager_, echo, {.grace = 1h}));
  const CancelOnStop on_stop(server->drainer(), source.get_token());
  auto client = server.connect(clients_);
  expect_echo(client);
  source.request_stop();
  expect_echo(client);
  or_raise(client.shutdown(Shutdown::Write));
  expect_report(server.report(), {.drained = 1});
}

TEST_F(ServerStop, CountsASessionAsAbortedAlsoWhenItRestartsItsManager) {
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    echo(own, stream);
    own.restart();
    static_cast<void>(stream.write_all(std::string_view("bye"), 60s));
  };
  std::promise<TcpCanceller> canceller;
  RunningServer server(make_server(manager_,
                                   [&](const TcpManager& own, TcpStream& stream) {
                                     canceller.set_value(own.canceller());
                                     session(own, stream);
                                   },
                                   {.grace = 1h}));
  auto client = server.connect(clients_);
  expect_echo(client);
  canceller.get_future().get().cancel();
  std::array<char, 3> farewell{};
  or_raise(client.read_exact(farewell, 60s));
  expect_end(client);
  server->stop();
  expect_report(server.report(), {.aborted = 1});
}

TEST_F(ServerStop, WaitsForASessionThatIgnoresItsCancel) {
  std::promise<void> cancelled;
  std::promise<void> go;
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    echo(own, stream);
    cancelled.set_value();
    go.get_future().wait();
  };
  RunningServer server(make_server(manager_, session, {.grace = 0s}));
  auto client = server.connect(clients_);
  expect_echo(client);
  server->stop();
  cancelled.get_future().wait();
  EXPECT_FALSE(server.over());
  go.set_value();
  expect_report(server.report(), {.aborted = 1});
}

TEST_F(ServerStop, TakesAGraceWithoutEnd) {
  RunningServer server(make_server(manager_, echo, {.grace = std::chrono::nanoseconds::max()}));
  const auto address = server->local_addrs().front();
  auto client = server.connect(clients_);
  expect_echo(client);
  wait_until_parked(manager_, 2);
  server->stop();
  wait_until_closed(clients_, address);
  wait_until_parked(manager_, 2);  // the session, and run() until that has ended
  expect_echo(client);
  or_raise(client.shutdown(Shutdown::Write));
  expect_report(server.report(), {.drained = 1});
}

TEST_F(ServerStop, ComesFromAHook) {
  TcpServer* known = nullptr;
  TcpServerOptions options{.grace = 1h};
  options.on_open = [&](const SocketAddr&) { known->stop(); };
  auto bound = make_server(manager_, echo, std::move(options));
  const auto address = bound.local_addrs().front();
  known = &bound;
  auto result = std::async(std::launch::async, [&] { return bound.run(); });
  auto client = or_raise(TcpStream::connect(clients_, address, 60s));
  expect_echo(client);
  or_raise(client.shutdown(Shutdown::Write));
  expect_report(or_raise(result.get()), {.drained = 1});
}

TEST_F(ServerStop, IsReportedExactly) {
  const auto session = [](const TcpManager& own, TcpStream& stream) {
    std::array<char, 1> first{};
    if (stream.read(first) && first[0] == '!') throw 1;
    echo(own, stream);
    if (own.cancelled()) throw 2;
  };
  std::atomic<int> closed{0};
  TcpServerOptions options{.grace = 1h};
  options.on_close = [&](const SocketAddr&, const std::exception_ptr&) {
    closed.fetch_add(1);
    closed.notify_all();
  };
  RunningServer server(make_server(manager_, session, std::move(options)));
  const auto client = [&](std::string_view text) {
    auto stream = server.connect(clients_);
    or_raise(stream.write_all(text));
    return stream;
  };
  for (std::string_view text : {"!", "!", "."}) {
    auto stream = client(text);
    or_raise(stream.shutdown(Shutdown::Write));
    expect_end(stream);
  }
  while (closed != 3) closed.wait(closed);
  auto drained = client(".");
  expect_echo(drained);
  auto throwing = client(".");
  expect_echo(throwing);
  server->stop();
  or_raise(drained.shutdown(Shutdown::Write));
  expect_end(drained);
  server->aborter().cancel();
  expect_report(server.report(), {.served = 3, .drained = 1, .aborted = 1, .errors = 3});
}

}  // namespace
}  // namespace mtcp::test
