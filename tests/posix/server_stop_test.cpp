#include <csignal>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"
#include "support/running_server.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A server in a child process, which gets `signals` in turn, each when the one before was seen.
/// What became of its one session is what it exits with.
int run_and_signal(unsigned signals) {
  std::signal(SIGINT, SIG_DFL);  // a program in the background may ignore it
  const auto manager = make_manager();
  const auto clients = make_manager();
  const auto stubborn = [&](const TcpManager& own, TcpStream& stream) {
    echo(own, stream);
    if (signals == 3) std::raise(SIGINT);
  };
  RunningServer server(make_server(manager, stubborn, {.grace = 1h}));
  const auto address = server->local_addrs().front();
  const auto ctrl_c =
      or_raise(CancelOnSignal::install_in_turn({server->drainer(), server->aborter()}));
  auto client = server.connect(clients);
  expect_echo(client);
  wait_until_parked(manager, 2);
  std::raise(SIGINT);
  wait_until_closed(clients, address);
  expect_echo(client);
  if (signals == 1)
    or_raise(client.shutdown(Shutdown::Write));
  else
    std::raise(SIGINT);
  const auto report = server.report();
  return static_cast<int>(report.drained * 10 + report.aborted);
}

TEST(ServerStopSignal, FirstDrains) {
  EXPECT_EQ(run_in_child([] { return run_and_signal(1); }).status, 10);
}

TEST(ServerStopSignal, SecondAborts) {
  EXPECT_EQ(run_in_child([] { return run_and_signal(2); }).status, 1);
}

TEST(ServerStopSignal, ThirdEndsTheProgram) {
  EXPECT_EQ(run_in_child([] { return run_and_signal(3); }).signal, SIGINT);
}

}  // namespace
}  // namespace mtcp::test
