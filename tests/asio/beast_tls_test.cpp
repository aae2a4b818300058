#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/beast_stream.hpp>
#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

#include "support/patience.hpp"
#include "tls/support/tls_pair.hpp"

// Beast over TLS of mtcp.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

using Request = http::request<http::string_body>;

class BeastTls : public ::testing::Test {
 protected:
  TcpManager manager_ = make_manager();
  TlsPair pair_ = make_tls_pair(manager_);
  beast::flat_buffer buffer_;
  error_code error_;
};

TEST_F(BeastTls, CarriesHttp) {
  BeastStream<TlsStream> client(std::move(pair_.client));
  BeastStream<TlsStream> server(std::move(pair_.server));
  Request sent(http::verb::post, "/", 11, std::string(100'000, 'x'));
  sent.prepare_payload();
  auto writing = std::async(std::launch::async, [&] { http::write(client, sent); });
  Request received;
  http::read(server, buffer_, received);
  writing.get();
  EXPECT_EQ(received.body(), sent.body());
}

TEST_F(BeastTls, ThrowsOutAPeerThatIsSilent) {
  BeastStream<TlsStream> client(std::move(pair_.client));
  expect_ends_after(60ms, [&] {
    client.expires_after(60ms);
    Request request;
    http::read(client, buffer_, request, error_);
    EXPECT_EQ(error_, beast::error::timeout) << error_.message();
  });
}

TEST_F(BeastTls, TakesAnEndWithoutFarewellForNoEnd) {
  BeastStream<TlsStream> client(std::move(pair_.client));
  ASSERT_TRUE(pair_.server.transport()->shutdown(Shutdown::Write));
  Request request;
  http::read(client, buffer_, request, error_);
  EXPECT_NE(error_, http::error::end_of_stream);
  EXPECT_STREQ(error_.category().name(), tls_category().name());
  EXPECT_EQ(error_.value(), int(TlsErrc::Truncated));
}

TEST_F(BeastTls, CarriesAWebSocketToItsEnd) {
  websocket::stream<BeastStream<TlsStream>> client(std::move(pair_.client));
  websocket::stream<BeastStream<TlsStream>> server(std::move(pair_.server));
  auto serving = std::async(std::launch::async, [&] {
    server.accept();
    beast::flat_buffer message;
    server.read(message);
    server.write(message.data());
    error_code end;
    message.clear();
    server.read(message, end);
    return end;
  });
  client.handshake("localhost", "/");
  client.write(boost::asio::buffer("hello", 5));
  client.read(buffer_);
  EXPECT_EQ(beast::buffers_to_string(buffer_.data()), "hello");
  client.close(websocket::close_code::normal, error_);
  EXPECT_FALSE(error_) << error_.message();
  EXPECT_EQ(serving.get(), websocket::error::closed);
}

}  // namespace
}  // namespace mtcp::test
