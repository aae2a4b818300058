#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <csignal>
#include <future>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/beast_stream.hpp>
#include <mtcp/mtcp.hpp>

#include "edition.hpp"
#include "support/connected.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/child_process.hpp"
#include "support/running_server.hpp"

// Beast's synchronous WebSocket with deadlines.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using edition::error_code;

using Client = websocket::stream<BeastStream<>>;
using Session = websocket::stream<BeastStream<StreamRef>>;

/// Sends back what it gets, until the client closes.
void serve_websocket(const TcpManager&, TcpStream& accepted) {
  Session session{StreamRef(accepted)};
  error_code error;
  beast::get_lowest_layer(session).expires_after(30s);
  session.accept(error);
  while (!error) {
    beast::flat_buffer buffer;
    session.read(buffer, error);
    session.text(session.got_text());
    if (!error) session.write(buffer.data(), error);
  }
  EXPECT_EQ(error, websocket::error::closed) << error.message();
}

TEST(BeastWebSocketConversation, GoesBothWaysAndCloses) {
  const auto manager = make_manager();
  RunningServer server(make_server(manager, serve_websocket));
  Client client(server.connect(manager));
  beast::get_lowest_layer(client).expires_after(30s);
  client.handshake("localhost", "/");
  for (const std::size_t size : {0U, 1U, 1000U, 300'000U}) {
    const std::string message(size, 'x');
    client.write(boost::asio::buffer(message));
    beast::flat_buffer buffer;
    client.read(buffer);
    EXPECT_EQ(beast::buffers_to_string(buffer.data()), message);
  }
  client.close(websocket::close_code::normal);
  server->drainer().cancel();
  EXPECT_EQ(server.report().aborted, 0U);
}

class BeastWebSocket : public Connected {
 protected:
  Client stream_{std::move(client_)};
  TcpStream& peer_ = server_;
  error_code error_;

  void expires_after(std::chrono::nanoseconds time) {
    beast::get_lowest_layer(stream_).expires_after(time);
  }
};

TEST_F(BeastWebSocket, ThrowsOutAServerThatNeverShakesHands) {
  expect_ends_after(60ms, [&] {
    expires_after(60ms);
    stream_.handshake("localhost", "/", error_);
    EXPECT_EQ(error_, beast::error::timeout) << error_.message();
  });
}

/// A client and a server that have shaken hands; the server's end is silent from then on.
class BeastWebSocketOpen : public BeastWebSocket {
 protected:
  void SetUp() override {
    auto accepted = std::async(std::launch::async, [&] { session_.accept(); });
    stream_.handshake("localhost", "/");
    accepted.get();
  }

  Session session_{StreamRef(peer_)};
};

TEST_F(BeastWebSocketOpen, ThrowsOutAPeerThatIsSilent) {
  beast::flat_buffer buffer;
  expect_ends_after(60ms, [&] {
    expires_after(60ms);
    stream_.read(buffer, error_);
    EXPECT_EQ(error_, beast::error::timeout) << error_.message();
  });
}

TEST_F(BeastWebSocketOpen, DoesNotWaitForAPeerThatNeverCloses) {
  expect_ends_after(60ms, [&] {
    expires_after(60ms);
    stream_.close(websocket::close_code::normal, error_);
    EXPECT_EQ(error_, beast::error::timeout) << error_.message();
  });
}

TEST_F(BeastWebSocketOpen, IsCancelled) {
  auto other = std::async(std::launch::async, [&] {
    wait_until_parked(manager_);
    manager_.canceller().cancel();
  });
  beast::flat_buffer buffer;
  stream_.read(buffer, error_);
  EXPECT_EQ(error_, boost::asio::error::operation_aborted) << error_.message();
  other.get();
}

TEST_F(BeastWebSocketOpen, IsTornDownByTheServerWhateverTheClientStillSends) {
  auto served = std::async(std::launch::async, [&] {
    error_code error;
    session_.close(websocket::close_code::going_away, error);
    return error;
  });
  beast::flat_buffer buffer;
  stream_.read(buffer, error_);
  EXPECT_EQ(error_, websocket::error::closed) << error_.message();
  EXPECT_FALSE(served.get());
  EXPECT_EQ(stream_.reason().code, websocket::close_code::going_away);
}

TEST(BeastWebSocketSignal, CtrlCEndsAClientThatReads) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const auto guard = or_raise(CancelOnSignal::install(manager.canceller()));
    Pair pair = make_pair(manager);
    Client client(std::move(pair.client));
    auto shaken = std::async(std::launch::async, [&] {
      Session session{StreamRef(pair.server)};
      session.accept();
    });
    client.handshake("localhost", "/");
    shaken.get();
    auto interrupt = std::async(std::launch::async, [&] {
      wait_until_parked(manager);
      std::raise(SIGINT);
    });
    error_code error;
    beast::flat_buffer buffer;
    client.read(buffer, error);
    EXPECT_EQ(error, boost::asio::error::operation_aborted) << error.message();
    return 0;
  });
}

}  // namespace
}  // namespace mtcp::test
