#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <future>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/errors.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/child_process.hpp"
#include "support/posix/no_more_threads.hpp"
#include "support/running_server.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A client that needs no further descriptors, so that it can come when there are none left. Does
/// without the library, which may take a descriptor that the server has just freed.
class RawClient {
 public:
  RawClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) { EXPECT_GE(socket_, 0); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(socket_); }

  void connect(const SocketAddr& address) const {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    native.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    native.sin_port = htons(address.port());
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&native), sizeof native), 0);
  }

  void send(std::string_view text) const {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

  void expect_end() const {
    const timeval patience{60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char more = 0;
    EXPECT_EQ(::recv(socket_, &more, 1, 0), 0) << std::error_code(errno, std::system_category());
  }

 private:
  int socket_;
};

/// Holds accept back until go(), so that a client can have sent something by then.
class HeldBack {
 public:
  void go() {
    may_go_ = true;
    may_go_.notify_all();
  }
  void hold() { may_go_ = false; }
  /// Returns when somebody has begun to accept.
  void wait_until_asked() const { asked_.wait(false); }

 private:
  std::atomic<bool> may_go_{true};
  std::atomic<bool> asked_{false};
  SystemCallJudge judge_{[this](const SystemCall& call) {
    if (call.name != "accept4") return Verdict::pass();
    asked_ = true;
    asked_.notify_all();
    may_go_.wait(false);
    return Verdict::pass();
  }};
};

/// A server that counts what it is told of accepting.
struct Watched {
  explicit Watched(const TcpManager& manager)
      : server(make_server(manager, echo, {.grace = 0s, .on_accept_error = hook()})) {}

  std::function<void(const TcpError&)> hook() {
    return [this](const TcpError& error) {
      EXPECT_EQ(error, expected) << error.message();
      ++errors;
    };
  }

  std::errc expected = std::errc::too_many_files_open;
  std::atomic<unsigned> errors{0};
  RunningServer server;
};

// A04
TEST(ServerRefuse, EndsQueuedConnectionsInOrderWhenDescriptorsHaveRunOut) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto clients = make_manager();
    const std::array<RawClient, 4> later;
    Watched watched(manager);
    const auto address = watched.server->local_addrs().front();
    auto served = watched.server.connect(clients);
    expect_echo(served);
    wait_until_parked(manager, 2);
    {
      HeldBack accept;
      const DescriptorLimit full(DescriptorLimit::leaving(0));
      for (const RawClient& each : later) {
        accept.hold();
        each.connect(address);
        each.send("is anybody there?");
        accept.go();
        each.expect_end();
      }
      expect_echo(served);
    }
    auto next = watched.server.connect(clients);
    expect_echo(next);
    watched.server->stop();
    const auto report = watched.server.report();
    EXPECT_EQ(report.refused, 4U);
    EXPECT_EQ(report.aborted, 2U);
    EXPECT_EQ(watched.errors, 4U);
    return 0;
  });
}

TEST(ServerRefuse, EndsALongQueueWithoutLongPauses) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const std::array<RawClient, 40> later;
    Watched watched(manager);
    const auto address = watched.server->local_addrs().front();
    wait_until_parked(manager);
    HeldBack accept;
    const DescriptorLimit full(DescriptorLimit::leaving(0));
    accept.hold();
    for (const RawClient& each : later) each.connect(address);
    const auto took = elapsed([&] {
      accept.go();
      for (const RawClient& each : later) each.expect_end();
    });
    EXPECT_LT(took, 5s);  // with a pause for each it would be more than fifteen
    watched.server->stop();
    EXPECT_EQ(watched.server.report().refused, 40U);
    return 0;
  });
}

TEST(ServerRefuse, IsQuietWhileThereAreNoDescriptors) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto clients = make_manager();
    const std::array<RawClient, 2> later;
    Watched watched(manager);
    const auto address = watched.server->local_addrs().front();
    wait_until_parked(manager);
    const DescriptorLimit full(DescriptorLimit::leaving(0));
    later[0].connect(address);
    later[0].expect_end();
    const auto used = processor_time([&] { or_raise(clients.sleep(300ms)); });
    EXPECT_LT(used, 100ms);
    EXPECT_EQ(watched.errors, 1U);  // nobody else has come
    later[1].connect(address);
    later[1].expect_end();
    return 0;
  });
}

// Without descriptors accept() fails even if there is nothing to accept.
TEST(ServerRefuse, SaysNothingWhileNobodyComes) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const RawClient later;
    std::atomic<unsigned> errors{0};
    auto server = make_server(manager, echo,
                              {.grace = 0s, .on_accept_error = [&](const TcpError&) { ++errors; }});
    const auto address = server.local_addrs().front();
    HeldBack accept;
    accept.hold();
    auto result = std::async(std::launch::async, [&] { return server.run(); });
    const auto close_on_exit = server.aborter();
    {
      accept.wait_until_asked();
      const DescriptorLimit full(DescriptorLimit::leaving(0));
      accept.go();
      wait_until_parked(manager);
      EXPECT_EQ(errors, 0U);
      later.connect(address);
      later.expect_end();
      EXPECT_EQ(errors, 1U);
    }
    close_on_exit.cancel();
    EXPECT_EQ(or_raise(result.get()).refused, 1U);
    return 0;
  });
}

TEST(ServerRefuse, EndsAConnectionThatNoManagerCanBeMadeFor) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  Watched watched(manager);
  auto before = watched.server.connect(clients);
  expect_echo(before);
  {
    const SystemCallJudge judge([](const SystemCall& call) {
      return call.name == "eventfd" ? Verdict::fail(EMFILE) : Verdict::pass();
    });
    auto client = watched.server.connect(clients);
    expect_end(client);
    expect_echo(before);
  }
  EXPECT_EQ(watched.errors, 1U);
  auto after = watched.server.connect(clients);
  expect_echo(after);
  watched.server->stop();
  const auto report = watched.server.report();
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.aborted, 2U);
}

TEST(ServerRefuse, EndsAConnectionThatNoThreadCanBeMadeFor) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto clients = make_manager();
    Watched watched(manager);
    watched.expected = std::errc::resource_unavailable_try_again;
    auto before = watched.server.connect(clients);
    expect_echo(before);
    {
      HeldBack accept;
      const NoMoreThreads none;
      accept.hold();
      auto client = watched.server.connect(clients);
      EXPECT_TRUE(client.write_all(std::string_view("is anybody there?")));
      accept.go();
      expect_end(client);
      expect_echo(before);
    }
    auto after = watched.server.connect(clients);
    expect_echo(after);
    watched.server->stop();
    const auto report = watched.server.report();
    EXPECT_EQ(watched.errors, 1U);
    EXPECT_EQ(report.refused, 1U);
    EXPECT_EQ(report.aborted, 2U);
    return 0;
  });
}

TEST(ServerRefuse, EndsAConnectionThatThereIsNoMemoryFor) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  Watched watched(manager);
  watched.expected = std::errc::not_enough_memory;
  auto before = watched.server.connect(clients);
  expect_echo(before);
  wait_until_parked(manager, 2);  // the session, and run(): the next to accept finds somebody
  std::atomic<bool> starve{true};
  std::optional<NoMemory> none;  // for the thread that accepts, until it accepts again
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name != "accept4") return Verdict::pass();
    none.reset();
    if (starve.exchange(false)) none.emplace();
    return Verdict::pass();
  });
  auto client = watched.server.connect(clients);
  expect_end(client);
  expect_echo(before);
  auto after = watched.server.connect(clients);
  expect_echo(after);
  watched.server->stop();
  const auto report = watched.server.report();
  EXPECT_EQ(watched.errors, 1U);
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.aborted, 2U);
}

TEST(ServerRefuse, SkipsConnectionsThatDiedInTheQueue) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  Watched watched(manager);
  std::atomic<int> dead{20};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "accept4" && dead > 0 && dead-- > 0) return Verdict::fail(ECONNABORTED);
    return Verdict::pass();
  });
  auto client = watched.server.connect(clients);
  expect_echo(client);
  EXPECT_EQ(watched.errors, 0U);
}

TEST(ServerRefuse, SurvivesErrorsOfAccept) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  Watched watched(manager);
  watched.expected = std::errc::no_buffer_space;
  std::atomic<int> bad{3};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "accept4" && bad > 0 && bad-- > 0) return Verdict::fail(ENOBUFS);
    return Verdict::pass();
  });
  auto client = watched.server.connect(clients);
  expect_echo(client);
  EXPECT_LE(watched.errors, 3U);
  EXPECT_GE(watched.errors, 2U);  // the first may have come before the judge
  watched.server->stop();
  EXPECT_EQ(watched.server.report().refused, 0U);
}

TEST(ServerRefuse, EndsAllSessionsWhenWaitingFails) {
  const auto manager = make_manager();
  const auto clients = make_manager();
  const RawClient later;
  auto server = make_server(manager, echo, {.grace = 1h});
  const auto address = server.local_addrs().front();
  auto result = std::async(std::launch::async, [&] { return server.run(); });
  auto client = or_raise(TcpStream::connect(clients, address, 60s));
  expect_echo(client);
  wait_until_parked(manager, 2);
  {
    const SystemCallJudge judge([](const SystemCall& call) {
      return call.name == "ppoll" ? Verdict::fail(ENOMEM) : Verdict::pass();
    });
    later.connect(address);  // wakes run()
    EXPECT_EQ(error_of(result.get()), std::errc::not_enough_memory);
  }
  expect_end(client);
}

}  // namespace
}  // namespace mtcp::test
