#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "edition.hpp"
#include "edition_ssl.hpp"
#include "support/connected.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "tls/support/authority.hpp"

// Asio's own TLS over a stream of mtcp.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
namespace asio = edition::asio;
namespace ssl = edition::asio::ssl;
using edition::error_code;

using Ssl = ssl::stream<edition::Stream<>>;

asio::const_buffer bytes_of(const std::string& text) {
  return asio::buffer(text);
}

ssl::context client_context() {
  ssl::context context(ssl::context::tls_client);
  context.add_certificate_authority(bytes_of(the_authority().certificate_text()));
  context.set_verify_mode(ssl::verify_peer);
  return context;
}

ssl::context server_context() {
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain(bytes_of(localhost().certificate));
  context.use_private_key(bytes_of(localhost().key), ssl::context::pem);
  return context;
}

class AsioSsl : public Connected {
 protected:
  ssl::context client_context_ = client_context();
  ssl::context server_context_ = server_context();
  Ssl ssl_client_{edition::Stream<>(std::move(client_)), client_context_};
  Ssl ssl_server_{edition::Stream<>(std::move(server_)), server_context_};
  error_code error_;

  void shake_hands() {
    auto accepted =
        std::async(std::launch::async, [&] { ssl_server_.handshake(ssl::stream_base::server); });
    ssl_client_.handshake(ssl::stream_base::client);
    accepted.get();
  }
};

TEST_F(AsioSsl, TalksBothWays) {
  shake_hands();
  const std::string sent(100'000, 'x');
  for (auto [from, to] : {std::pair(&ssl_client_, &ssl_server_), {&ssl_server_, &ssl_client_}}) {
    auto writing = std::async(std::launch::async,
                              [&, from = from] { return asio::write(*from, asio::buffer(sent)); });
    std::string received(sent.size(), ' ');
    asio::read(*to, asio::buffer(received));
    EXPECT_EQ(writing.get(), sent.size());
    EXPECT_EQ(received, sent);
  }
}

TEST_F(AsioSsl, ThrowsOutAPeerThatNeverShakesHands) {
  expect_ends_after(60ms, [&] {
    ssl_client_.lowest_layer().expires_after(60ms);
    ssl_client_.handshake(ssl::stream_base::client, error_);
    EXPECT_EQ(error_, asio::error::timed_out) << error_.message();
  });
}

TEST_F(AsioSsl, ThrowsOutAPeerThatIsSilentAndGoesOnAfterwards) {
  shake_hands();
  std::string buffer;
  expect_ends_after(60ms, [&] {
    ssl_client_.lowest_layer().expires_after(60ms);
    asio::read_until(ssl_client_, asio::dynamic_buffer(buffer), '\n', error_);
    EXPECT_EQ(error_, asio::error::timed_out) << error_.message();
  });
  asio::write(ssl_server_, asio::buffer("late\n", 5));
  ssl_client_.lowest_layer().expires_never();
  EXPECT_EQ(asio::read_until(ssl_client_, asio::dynamic_buffer(buffer), '\n'), 5U);
}

TEST_F(AsioSsl, IsCancelled) {
  shake_hands();
  auto other = std::async(std::launch::async, [&] {
    wait_until_parked(manager_);
    manager_.canceller().cancel();
  });
  std::string buffer;
  asio::read_until(ssl_client_, asio::dynamic_buffer(buffer), '\n', error_);
  EXPECT_EQ(error_, asio::error::operation_aborted) << error_.message();
  other.get();
}

}  // namespace
}  // namespace mtcp::test
