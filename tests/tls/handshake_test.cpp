#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "tls/support/tls_pair.hpp"

// The handshake: bounded and cancelled at every stage, and gone on with.

namespace mtcp::test {

using namespace std::literals;

namespace {

/// Somebody between a client and a server who hands on what they say, up to a number of bytes.
class Middle {
 public:
  explicit Middle(std::size_t limit) : limit_(limit), thread_([this] { run(); }) {}
  Middle(const Middle&) = delete;
  Middle& operator=(const Middle&) = delete;
  ~Middle() { end(); }

  TcpStream& client() { return left_.client; }
  TcpStream& server() { return right_.server; }

  void await_limit() const {
    const Deadline soon(long_enough);
    while (limit_ != 0 && !soon.expired()) std::this_thread::sleep_for(200us);
  }
  void hand_on_the_rest() { limit_ = std::size_t{1} << 30; }
  void cut() {
    end();
    const TcpStream gone = std::move(left_.server);
    const TcpStream also_gone = std::move(right_.client);
  }

 private:
  void run() {
    while (!over_) {
      hand_on(left_.server, right_.client);
      hand_on(right_.client, left_.server);
    }
  }
  void hand_on(TcpStream& from, TcpStream& to) {
    std::array<std::byte, 512> bytes;
    if (limit_ == 0) return std::this_thread::sleep_for(200us);
    const auto count =
        from.read(std::span(bytes).first(std::min<std::size_t>(limit_, bytes.size())), 200us);
    if (!count || *count == 0) return;
    or_raise(to.write_all(std::span(bytes).first(*count)));
    limit_ -= *count;
  }
  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  TcpManager manager_ = make_manager();
  std::atomic<std::size_t> limit_;
  std::atomic<bool> over_{false};
  Pair left_ = make_pair(manager_);
  Pair right_ = make_pair(manager_);
  std::thread thread_;
};

/// Numbers of bytes after which a handshake is broken off, from none to nearly all of them.
std::vector<std::size_t> stages() {
  std::vector<std::size_t> stages = {0, 1, 4, 5, 6};
  for (std::size_t stage = 50; stage < 850; stage += 111) stages.push_back(stage);
  return stages;
}

class TlsHandshake : public ::testing::TestWithParam<TlsVersion> {
 protected:
  TlsContext client_context() const {
    auto options = client_options();
    options.max_version = GetParam();
    return make_client_context(options);
  }

  void expect_alive(TlsStream& client, TlsStream& server) {
    std::string text(5, '.');
    or_raise(client.write_all("there"sv, long_enough));
    or_raise(server.read_exact(text, long_enough));
    EXPECT_EQ(text, "there");
    or_raise(server.write_all("again"sv, long_enough));
    or_raise(client.read_exact(text, long_enough));
    EXPECT_EQ(text, "again");
  }

  TcpManager manager_ = make_manager();
  TcpManager others_ = make_manager();
};

}  // namespace

TEST_P(TlsHandshake, GoesOnAfterATimeoutAndACancelAtEveryStage) {
  for (const std::size_t stage : stages()) {
    Middle middle(stage);
    middle.client().tie(manager_);
    middle.server().tie(others_);
    auto client =
        or_raise(TlsStream::client(client_context(), std::move(middle.client()), "localhost"));
    auto server = or_raise(TlsStream::server(make_server_context(), std::move(middle.server())));
    auto serving = std::async(std::launch::async, [&] { return server.handshake(long_enough); });

    EXPECT_TRUE(error_of(client.handshake(1ms)).timed_out()) << stage;
    auto waiting = std::async(std::launch::async, [&] { return client.handshake(long_enough); });
    middle.await_limit();
    wait_until_parked(manager_);
    manager_.canceller().cancel();
    EXPECT_TRUE(error_of(waiting.get()).cancelled()) << stage;
    manager_.restart();

    middle.hand_on_the_rest();
    const auto done = client.handshake(long_enough);
    ASSERT_TRUE(done) << stage << ": " << done.error().message();
    or_raise(serving.get());
    expect_alive(client, server);
  }
}

TEST_P(TlsHandshake, GoesOnOnTheServersSideToo) {
  for (const std::size_t stage : stages()) {
    Middle middle(stage);
    middle.client().tie(others_);
    middle.server().tie(manager_);
    auto client =
        or_raise(TlsStream::client(client_context(), std::move(middle.client()), "localhost"));
    auto server = or_raise(TlsStream::server(make_server_context(), std::move(middle.server())));
    auto connecting = std::async(std::launch::async, [&] { return client.handshake(long_enough); });
    auto waiting = std::async(std::launch::async, [&] { return server.handshake(long_enough); });
    middle.await_limit();
    wait_until_parked(manager_);
    manager_.canceller().cancel();
    EXPECT_TRUE(error_of(waiting.get()).cancelled()) << stage;
    manager_.restart();
    EXPECT_TRUE(error_of(server.handshake(1ms)).timed_out()) << stage;
    middle.hand_on_the_rest();
    or_raise(server.handshake(long_enough));
    or_raise(connecting.get());
    expect_alive(client, server);
  }
}

TEST_P(TlsHandshake, ThatIsCutOffFailsOnBothSidesAndLeavesNothing) {
  for (const std::size_t stage : stages()) {
    const TlsContext context = client_context();
    const TlsContext server_context = make_server_context();
    const DescriptorGuard guard;
    const TcpManager manager = make_manager();
    Middle middle(stage);
    middle.client().tie(manager);
    middle.server().tie(manager);
    auto accepting = std::async(std::launch::async, [&] {
      return TlsStream::accept(server_context, std::move(middle.server()), long_enough);
    });
    auto connecting = std::async(std::launch::async, [&] {
      return TlsStream::connect(context, std::move(middle.client()), "localhost", long_enough);
    });
    middle.await_limit();
    middle.cut();
    for (const TcpError& error : {error_of(connecting.get()), error_of(accepting.get())})
      EXPECT_TRUE(error == TlsErrc::Truncated || error == std::errc::connection_reset ||
                  error == std::errc::broken_pipe)
          << stage << ": " << error.message();
  }
}

TEST_P(TlsHandshake, EndsAfterItsTimeoutWithAPeerThatIsSilent) {
  const auto context = client_context();
  expect_ends_after(20ms, [&] {
    auto tcp = make_pair(manager_);
    const auto failed = TlsStream::connect(context, std::move(tcp.client), "localhost", 20ms);
    EXPECT_TRUE(error_of(failed).timed_out()) << error_of(failed).message();
  });
}

TEST_P(TlsHandshake, IsGivenItsIdleTimeAnewByEveryByte) {
  using Clock = std::chrono::steady_clock;
  constexpr auto idle_time = 60ms;
  for (bool in_time = false; !in_time;) {  // a byte may be late where the machine is busy
    auto tcp = make_pair(others_);
    tcp.client.tie(manager_);
    auto client = or_raise(TlsStream::client(client_context(), std::move(tcp.client), "localhost"));
    auto last = Clock::now();
    in_time = true;
    auto shaking = std::async(std::launch::async, [&] {
      EXPECT_TRUE(error_of(client.handshake(idle(idle_time))).timed_out());
      return Clock::now();
    });
    for (const char byte : "\x16\x03\x03\x40"sv) {  // of a record that is never whole
      std::this_thread::sleep_for(idle_time / 3);
      or_raise(tcp.server.write_all(std::string_view(&byte, 1), long_enough));
      in_time = in_time && Clock::now() - std::exchange(last, Clock::now()) < idle_time / 2;
    }
    const auto end = shaking.get();
    if (!in_time) continue;
    EXPECT_GE(end, last + idle_time / 2);
  }
}

TEST_P(TlsHandshake, WithAPeerThatSaysFarewellSaysSo) {
  auto tcp = make_pair(manager_);
  or_raise(tcp.server.write_all("\x15\x03\x03\0\x02\x01\0"sv, long_enough));  // close_notify
  const auto failed =
      TlsStream::connect(client_context(), std::move(tcp.client), "localhost", long_enough);
  EXPECT_TRUE(error_of(failed) == TlsErrc::Other);
  EXPECT_TRUE(error_of(failed).message().contains("farewell")) << error_of(failed).message();
}

TEST_P(TlsHandshake, WithAPeerThatTalksSomethingElseSaysSo) {
  auto tcp = make_pair(manager_);
  or_raise(tcp.server.write_all("HTTP/1.1 400 Bad Request\r\n\r\n"sv, long_enough));
  const auto failed =
      TlsStream::connect(client_context(), std::move(tcp.client), "localhost", long_enough);
  EXPECT_TRUE(error_of(failed) == TlsErrc::ProtocolViolated) << error_of(failed).message();

  auto other = make_pair(manager_);
  or_raise(other.client.write_all("GET / HTTP/1.1\r\n\r\n"sv, long_enough));
  const auto refused = TlsStream::accept(make_server_context(), std::move(other.server), 60s);
  EXPECT_TRUE(error_of(refused) == TlsErrc::ProtocolViolated) << error_of(refused).message();
}

TEST_P(TlsHandshake, OfClientsThatComeBackIsShort) {
  const auto client = client_context();
  const auto server = make_server_context();
  auto listener = make_listener(manager_);  // sessions are those of a host and a port
  for (int round = 0; round < 4; ++round) {
    auto tcp = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr())));
    auto accepted_tcp = or_raise(TcpStream::from(manager_, or_raise(listener.accept(long_enough))));
    auto shaken = shake_hands({std::move(tcp), std::move(accepted_tcp)}, client, server);
    auto connected = or_raise(std::move(shaken.client));
    auto accepted = or_raise(std::move(shaken.server));
    EXPECT_EQ(connected.resumed(), round != 0);
    EXPECT_EQ(accepted.resumed(), round != 0);
    EXPECT_EQ(connected.peer_subject(), "CN=localhost");
    expect_alive(connected, accepted);  // the tickets come before the first bytes
  }
}

TEST_P(TlsHandshake, AgreesOnTheFirstOfTheServersProtocolsThatTheClientHas) {
  auto server = server_options();
  server.protocols = {"h2", "http/1.1"};
  const auto shake = [&](const std::vector<std::string>& protocols) {
    auto client = client_options();
    client.max_version = GetParam();
    client.protocols = protocols;
    return shake_hands(manager_, make_client_context(client), make_server_context(server));
  };
  for (const auto& [offered, agreed] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"http/1.1", "h2"}, "h2"}, {{"http/1.1"}, "http/1.1"}, {{}, ""}}) {
    const auto shaken = shake(offered);
    ASSERT_TRUE(shaken.client && shaken.server);
    EXPECT_EQ(shaken.client->protocol(), agreed);
    EXPECT_EQ(shaken.server->protocol(), agreed);
  }
  const auto shaken = shake({"spdy/3"});
  EXPECT_TRUE(error_of(shaken.client) == TlsErrc::NothingInCommon)
      << error_of(shaken.client).message();
  EXPECT_TRUE(error_of(shaken.server) == TlsErrc::NothingInCommon)
      << error_of(shaken.server).message();
}

TEST_P(TlsHandshake, IsOfTheVersionThatBothHave) {
  auto shaken = shake_hands(manager_, client_context(), make_server_context());
  const std::string version = GetParam() == TlsVersion::Tls12 ? "TLSv1.2" : "TLSv1.3";
  EXPECT_EQ(or_raise(std::move(shaken.client)).version(), version);
  EXPECT_EQ(or_raise(std::move(shaken.server)).version(), version);

  auto client = client_options();
  client.min_version = client.max_version = GetParam();
  auto server = server_options();
  server.min_version = server.max_version =
      GetParam() == TlsVersion::Tls12 ? TlsVersion::Tls13 : TlsVersion::Tls12;
  shaken = shake_hands(manager_, make_client_context(client), make_server_context(server));
  EXPECT_TRUE(error_of(shaken.client) == TlsErrc::NothingInCommon)
      << error_of(shaken.client).message();
  EXPECT_TRUE(error_of(shaken.server) == TlsErrc::NothingInCommon)
      << error_of(shaken.server).message();
}

TEST_P(TlsHandshake, HasToBeDoneBeforeAnythingElse) {
  auto tcp = make_pair(manager_);
  auto client = or_raise(TlsStream::client(client_context(), std::move(tcp.client), "localhost"));
  std::array<std::byte, 1> one{};
  EXPECT_EQ(error_of(client.read(one, long_enough)), std::errc::not_connected);
  EXPECT_EQ(error_of(client.write(one, long_enough)), std::errc::not_connected);
  EXPECT_EQ(error_of(client.shutdown(Shutdown::Write)), std::errc::not_connected);
  EXPECT_EQ(client.available(), 0U);
  EXPECT_EQ(client.version(), "");
}

INSTANTIATE_TEST_SUITE_P(Of, TlsHandshake, ::testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const auto& version) {
                           return version.param == TlsVersion::Tls12 ? "Version12" : "Version13";
                         });

}  // namespace mtcp::test
