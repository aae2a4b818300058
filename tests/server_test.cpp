#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <future>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/running_server.hpp"
#include "support/small_thread.hpp"
#include "support/system_calls.hpp"
#include "support/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(Server, AcceptsOnAllOfItsAddresses) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  const auto any = SocketAddr::loopback_v4();
  RunningServer server(or_raise(TcpServer::bind(manager, {any, any, any}, echo)));
  ASSERT_EQ(server->local_addrs().size(), 3U);
  for (std::size_t which : {2U, 0U, 1U, 1U, 0U, 2U}) {
    auto client = server.connect(clients, which);
    EXPECT_EQ(or_raise(client.peer_addr()), server->local_addrs()[which]);
    expect_echo(client);
    or_raise(client.shutdown(Shutdown::Write));
    expect_end(client);
  }
  server->stop();
  EXPECT_EQ(server.report().served, 6U);
}

TEST(Server, TakesItsAddressAsText) {
  const auto manager = make_manager();
  RunningServer server(or_raise(TcpServer::bind(manager, "127.0.0.1:0", echo)));
  auto client = server.connect(manager);
  expect_echo(client);
}

TEST(Server, RunsAtMostMaxSessionsAndLetsTheKernelQueue) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    most = std::max(most.load(), ++running);
    echo(own, stream);
    --running;
  };
  const auto manager = make_manager();
  RunningServer server(make_server(manager, session, {.max_sessions = 2}));
  auto first = server.connect(manager);
  auto second = server.connect(manager);
  expect_echo(first);
  expect_echo(second);
  auto third = server.connect(manager);
  auto fourth = server.connect(manager);
  or_raise(third.write_all(std::string_view("x")));
  std::array<std::byte, 1> back;
  EXPECT_TRUE(error_of(third.read(back, 50ms)).timed_out());
  or_raise(first.shutdown(Shutdown::Write));
  EXPECT_EQ(or_raise(third.read(back, 60s)), 1U);
  or_raise(second.shutdown(Shutdown::Write));
  expect_echo(fourth);
  EXPECT_EQ(most, 2);
}

TEST(Server, IsQuietAtItsLimit) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  RunningServer server(make_server(manager, echo, {.max_sessions = 1}));
  auto first = server.connect(clients);
  or_raise(first.shutdown(Shutdown::Write));
  expect_end(first);  // so that one has ended
  auto second = server.connect(clients);
  expect_echo(second);
  auto queued = server.connect(clients);
  wait_until_parked(manager, 2);
  const auto used = processor_time([&] { or_raise(clients.sleep(200ms)); });
  EXPECT_LT(used, 60ms);
  or_raise(second.shutdown(Shutdown::Write));
  expect_echo(queued);
}

TEST(Server, TakesFromItsAddressesInTurn) {
  std::mutex mutex;
  std::vector<SocketAddr> served;
  const auto session = [&](const TcpManager&, TcpStream& stream) {
    const std::lock_guard lock(mutex);
    served.push_back(or_raise(stream.local_addr()));
  };
  const auto manager = make_manager();
  const auto clients = make_manager();
  const auto any = SocketAddr::loopback_v4();
  auto bound = or_raise(TcpServer::bind(manager, {any, any}, session, {.max_sessions = 1}));
  const auto addresses = bound.local_addrs();
  std::vector<TcpStream> queued;  // before it runs
  for (std::size_t which : {0U, 0U, 0U, 0U, 1U, 1U})
    queued.push_back(or_raise(TcpStream::connect(clients, addresses[which], 60s)));
  RunningServer server(std::move(bound));
  for (auto& client : queued) expect_end(client);
  server->stop();
  EXPECT_EQ(server.report().served, 6U);
  for (std::size_t i : {0U, 2U}) EXPECT_NE(served[i], served[i + 1]);
}

TEST(Server, GoesOnWhenOneOfItsAddressesIsBroken) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  const auto any = SocketAddr::loopback_v4();
  std::atomic<unsigned> errors{0};
  std::atomic<int> broken{-1};  // the last that was made to listen
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "listen") broken = call.descriptor;
    const bool fails = call.name == "accept4" && call.descriptor == broken;
    return fails ? Verdict::fail(EINVAL) : Verdict::pass();
  });
  RunningServer server(or_raise(TcpServer::bind(
      manager, {any, any}, echo, {.on_accept_error = [&](const TcpError&) { ++errors; }})));
  const auto stuck = server.connect(clients, 1);
  for (int i = 0; i < 3; ++i) {
    auto client = server.connect(clients, 0);
    expect_echo(client);
  }
  EXPECT_GE(errors, 1U);
}

TEST(Server, UsesItsThreadsAgain) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    echo(own, stream);
  };
  const auto manager = make_manager();
  const auto before = thread_count();
  RunningServer server(make_server(manager, session, {.max_sessions = 3}));
  for (int i = 0; i < 40; ++i) {
    auto client = server.connect(manager);
    expect_echo(client);
  }
  EXPECT_LE(thread_count(), before + 1 + 3);
  server->aborter().cancel();
  server.report();
  EXPECT_LE(threads.size(), 3U);
}

TEST(Server, SpendsASocketAWakeEventAndAThreadOnASession) {
  constexpr unsigned sessions = 48;
  const auto manager = make_manager();
  RunningServer server(make_server(manager, echo));
  std::vector<TcpStream> clients;
  clients.push_back(server.connect(manager));
  expect_echo(clients.back());
  const auto event = descriptors_of_a_wake_event();
  const auto threads = thread_count();
  const auto descriptors = open_descriptors().size();
  while (clients.size() <= sessions) {
    clients.push_back(server.connect(manager));
    expect_echo(clients.back());
  }
  EXPECT_EQ(thread_count(), threads + sessions);
  // The client's socket too, and what the managers above may open once, for each processor.
  EXPECT_LE(open_descriptors().size(), descriptors + sessions * (2 + event) + sessions / 2 * event);
}

TEST(Server, LeavesNoThreadAndNoDescriptorBehind) {
  const auto manager = make_manager();
  auto warm = make_pair(manager);  // what the manager opens once
  const auto threads = thread_count();
  {
    const auto own = make_manager();
    const DescriptorGuard guard;
    RunningServer server(make_server(make_manager(), echo, {.grace = 0s}));
    std::vector<TcpStream> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(server.connect(make_manager()));
    for (auto& client : clients) expect_echo(client);
    server->stop();
    EXPECT_EQ(server.report().aborted, 5U);
    EXPECT_TRUE(server->local_addrs().empty());
  }
  wait_until_threads(threads);
}

TEST(Server, EndsOnlyTheConnectionOfASessionThatThrows) {
  const auto manager = make_manager();
  const auto session = [](const TcpManager& own, TcpStream& stream) {
    std::array<char, 1> first{};
    if (stream.peek(first) && first[0] == '!') throw std::runtime_error("as told");
    echo(own, stream);
  };
  std::promise<std::exception_ptr> thrown;
  TcpServerOptions options;
  options.on_close = [&](const SocketAddr&, std::exception_ptr error) {
    if (error) thrown.set_value(error);
  };
  RunningServer server(make_server(manager, session, std::move(options)));
  auto good = server.connect(manager);
  expect_echo(good);
  auto bad = server.connect(manager);
  or_raise(bad.write_all(std::string_view("!")));
  EXPECT_THROW(std::rethrow_exception(thrown.get_future().get()), std::runtime_error);
  std::array<std::byte, 1> byte;
  EXPECT_NE(bad.read(byte, 60s).value_or(0), 1U);  // the end, or a reset for what was not read
  expect_echo(good);
  or_raise(good.shutdown(Shutdown::Write));
  expect_end(good);
  server->stop();
  const auto report = server.report();
  EXPECT_EQ(report.errors, 1U);
  EXPECT_EQ(report.served + report.drained, 2U);  // the good one may end a moment after the stop
}

TEST(Server, TellsTheHooksOfEachSession) {
  const auto manager = make_manager();
  std::promise<SocketAddr> opened;
  std::promise<std::pair<SocketAddr, std::exception_ptr>> closed;
  TcpServerOptions options;
  options.on_open = [&](const SocketAddr& peer) { opened.set_value(peer); };
  options.on_close = [&](const SocketAddr& peer, std::exception_ptr error) {
    closed.set_value({peer, error});
  };
  RunningServer server(make_server(manager, echo, std::move(options)));
  auto client = server.connect(manager);
  const auto own = or_raise(client.local_addr());
  EXPECT_EQ(opened.get_future().get(), own);
  auto ended = closed.get_future();
  expect_echo(client);
  EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout);
  or_raise(client.shutdown(Shutdown::Write));
  const auto [peer, error] = ended.get();
  EXPECT_EQ(peer, own);
  EXPECT_EQ(error, nullptr);
}

TEST(Server, GivesEachSessionAManagerThatCancelsItAlone) {
  const auto manager = make_manager();
  std::promise<TcpCanceller> first;
  std::atomic<int> count{0};
  std::promise<bool> cancelled;
  const auto session = [&](const TcpManager& own, TcpStream& stream) {
    const bool is_first = count++ == 0;
    if (is_first) first.set_value(own.canceller());
    echo(own, stream);
    if (is_first) cancelled.set_value(error_of(own.sleep(60s)).cancelled());
  };
  RunningServer server(make_server(manager, session));
  auto one = server.connect(manager);
  expect_echo(one);
  auto other = server.connect(manager);
  expect_echo(other);
  EXPECT_TRUE(first.get_future().get().cancel());
  EXPECT_TRUE(cancelled.get_future().get());
  expect_end(one);
  expect_echo(other);
  EXPECT_FALSE(manager.cancelled());
  server->stop();
  or_raise(other.shutdown(Shutdown::Write));
  const auto report = server.report();
  EXPECT_EQ(report.aborted, 1U);
  EXPECT_EQ(report.drained, 1U);
}

void expect_invalid(const Result<TcpServer>& server) {
  const auto error = error_of(server);
  EXPECT_EQ(error, std::errc::invalid_argument) << error.message();
  EXPECT_NE(error.message().find("server"), std::string::npos) << error.message();
}

TEST(Server, RefusesWhatMakesNoSense) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const auto any = SocketAddr::loopback_v4();
  expect_invalid(TcpServer::bind(manager, std::span<const SocketAddr>(), echo));
  const std::vector<SocketAddr> many(17, any);
  expect_invalid(TcpServer::bind(manager, many, echo));
  expect_invalid(TcpServer::bind(manager, {any}, {}));
  expect_invalid(TcpServer::bind(manager, {any}, echo, {.max_sessions = 0}));
  expect_invalid(TcpServer::bind(manager, {any}, echo, {.grace = -1ns}));
  EXPECT_EQ(error_of(TcpServer::bind(manager, "localhost", echo)), std::errc::invalid_argument);
  const auto taken = make_listener(manager);
  const auto address = or_raise(taken.local_addr());
  EXPECT_EQ(error_of(TcpServer::bind(manager, {any, address}, echo)), std::errc::address_in_use);
}

TEST(Server, BindsSixteenAddresses) {
  const auto manager = make_manager();
  const std::vector<SocketAddr> many(16, SocketAddr::loopback_v4());
  RunningServer server(or_raise(TcpServer::bind(manager, many, echo)));
  auto client = server.connect(manager, 15);
  expect_echo(client);
}

TEST(Server, FailsCleanlyWhereverTheSystemFailsToBind) {
  const auto manager = make_manager();
  const unsigned calls = fail_each_call(EMFILE, [&] {
    const auto server = TcpServer::bind(manager, {SocketAddr::loopback_v4()}, echo);
    if (!server) {
      EXPECT_EQ(server.error(), std::errc::too_many_files_open);
    } else {
      EXPECT_NE(server->local_addrs().at(0).port(), 0);
    }
  });
  EXPECT_GE(calls, 8U);
}

TEST(Server, RunsOnce) {
  const auto manager = make_manager();
  auto server = make_server(manager, echo);
  server.stop();
  or_raise(server.run());
  EXPECT_EQ(error_of(server.run()), std::errc::bad_file_descriptor);
  EXPECT_TRUE(server.local_addrs().empty());
}

TEST(Server, IsEmptyWhenMovedFrom) {
  const auto manager = make_manager();
  auto server = make_server(manager, echo);
  const auto addresses = server.local_addrs();
  auto taken = std::move(server);
  EXPECT_EQ(taken.local_addrs(), addresses);
  EXPECT_TRUE(server.local_addrs().empty());
  EXPECT_EQ(error_of(server.run()), std::errc::bad_file_descriptor);
  server = std::move(taken);
  RunningServer running(std::move(server));
  auto client = running.connect(manager);
  expect_echo(client);
}

}  // namespace
}  // namespace mtcp::test
