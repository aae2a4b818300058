#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
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
#include "support/running_server.hpp"

// Beast's synchronous HTTP with deadlines.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace http = beast::http;
using edition::error_code;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

class BeastHttp : public Connected {
 protected:
  BeastStream<> stream_{std::move(client_)};
  TcpStream& peer_ = server_;
  beast::flat_buffer buffer_;
  error_code error_;
};

/// Answers requests with their own body, each within a second, until the peer ends.
void serve_http(const TcpManager&, TcpStream& accepted) {
  BeastStream<StreamRef> stream{StreamRef(accepted)};
  beast::flat_buffer buffer;
  error_code error;
  for (;;) {
    Request request;
    stream.expires_after(10s);
    http::read(stream, buffer, request, error);
    if (error) return;
    Response response(http::status::ok, request.version(), std::move(request.body()));
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    http::write(stream, response, error);
    if (error || !response.keep_alive()) return;
  }
}

TEST(BeastHttpConversation, GoesBothWays) {
  const auto manager = make_manager();
  const RunningServer server(make_server(manager, serve_http));
  BeastStream<> stream(server.connect(manager));
  beast::flat_buffer buffer;
  for (const std::size_t size : {0U, 1U, 1000U, 300'000U}) {
    Request request(http::verb::post, "/", 11, std::string(size, 'x'));
    request.prepare_payload();
    stream.expires_after(30s);
    http::write(stream, request);
    Response response;
    http::read(stream, buffer, response);
    EXPECT_EQ(response.result(), http::status::ok);
    EXPECT_EQ(response.body(), request.body());
  }
}

TEST_F(BeastHttp, ThrowsOutAServerThatIsSilent) {
  expect_ends_after(60ms, [&] {
    stream_.expires_after(60ms);
    Response response;
    http::read(stream_, buffer_, response, error_);
    EXPECT_EQ(error_, beast::error::timeout) << error_.message();
    EXPECT_EQ(error_, beast::condition::timeout);
  });
}

TEST_F(BeastHttp, GoesOnWithAMessageAfterATimeout) {
  give(peer_, "HTTP/1.1 200 OK\r\nContent-Le");
  http::response_parser<http::string_body> parser;
  stream_.expires_after(20ms);
  http::read(stream_, buffer_, parser, error_);
  ASSERT_EQ(error_, beast::error::timeout) << error_.message();
  give(peer_, "ngth: 5\r\n\r\nhello");
  stream_.expires_after(30s);
  http::read(stream_, buffer_, parser, error_);
  EXPECT_FALSE(error_) << error_.message();
  EXPECT_EQ(parser.get().body(), "hello");
}

TEST_F(BeastHttp, ThrowsOutAPeerThatTakesNothing) {
  Request request(http::verb::post, "/", 11, std::string(64 << 20, 'x'));
  request.prepare_payload();
  stream_.expires_after(50ms);
  http::write(stream_, request, error_);
  EXPECT_EQ(error_, beast::error::timeout) << error_.message();
}

TEST_F(BeastHttp, IsCancelled) {
  auto other = std::async(std::launch::async, [&] {
    wait_until_parked(manager_);
    manager_.canceller().cancel();
  });
  Response response;
  http::read(stream_, buffer_, response, error_);
  EXPECT_EQ(error_, boost::asio::error::operation_aborted) << error_.message();
  other.get();
}

TEST_F(BeastHttp, TellsAnEndBetweenMessages) {
  ASSERT_TRUE(peer_.shutdown(Shutdown::Write));
  Response response;
  http::read(stream_, buffer_, response, error_);
  EXPECT_EQ(error_, http::error::end_of_stream) << error_.message();
}

TEST_F(BeastHttp, IsClosedByBeast) {
  beast::close_socket(beast::get_lowest_layer(stream_));
  EXPECT_EQ(take_rest(peer_), "");
}

}  // namespace
}  // namespace mtcp::test
