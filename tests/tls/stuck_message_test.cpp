#include <array>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "tls/support/raw_tls.hpp"
#include "tls/support/said.hpp"
#include "tls/support/tls_pair.hpp"

// Messages of a peer that takes nothing itself, not even the answers.

namespace mtcp::test {

using namespace std::literals;

namespace {

/// A connection whose server never reads, and says things when it is told to.
class TlsMessageToStuck : public ::testing::Test {
 protected:
  using Said = std::function<std::string(SSL*)>;
  static std::string nothing(SSL*) { return {}; }

  /// What the server says with the rest of its message, and what it says later.
  void connect(Said with_rest, Said later) {
    auto tcp = make_pair(manager_);
    or_raise(tcp.client.set_send_buffer_size(4096));
    or_raise(tcp.server.set_receive_buffer_size(4096));
    server_.emplace(RawTls::Side::Server, std::move(tcp.server), localhost(),
                    [this, with_rest = std::move(with_rest), later = std::move(later)](SSL* ssl) {
                      accept_silently(ssl);
                      std::string said = caught_ticket(ssl);
                      said += with_rest(ssl);
                      const std::string more = later(ssl);
                      send(ssl, std::string_view(said).substr(0, 1000));
                      rest_.get_future().get();
                      send(ssl, std::string_view(said).substr(1000));
                      said_.set_value();
                      more_.get_future().get();
                      send(ssl, more);
                      end_.get_future().get();
                    });
    client_.emplace(or_raise(TlsStream::connect(make_client_context(), std::move(tcp.client),
                                                "localhost", long_enough)));
    read_away(*client_);
  }
  ~TlsMessageToStuck() override {
    say_more();
    end_.set_value();
  }

  void say_more() {
    if (!std::exchange(said_more_, true)) more_.set_value();
  }

  TcpManager manager_ = make_manager();
  std::promise<void> rest_;
  std::promise<void> said_;
  std::promise<void> more_;
  bool said_more_ = false;
  std::promise<void> end_;
  std::optional<TlsStream> client_;
  std::optional<RawTls> server_;
};

}  // namespace

TEST_F(TlsMessageToStuck, KeepsNoReaderOutOnceItIsOver) {
  connect(nothing, [](SSL* ssl) { return caught(ssl, [ssl] { SSL_write(ssl, "!", 1); }); });
  rest_.set_value();
  said_.get_future().get();
  fill(*client_->transport());
  auto writing = std::async(std::launch::async,
                            [&] { return client_->write_all(pattern(1 << 16), long_enough); });
  wait_until_parked(manager_);
  say_more();
  std::array<std::byte, 1> one;
  EXPECT_EQ(or_raise(client_->read(one, 10s)), 1U);
  manager_.canceller().cancel();
  EXPECT_FALSE(writing.get());
}

TEST_F(TlsMessageToStuck, WhoseAnswerIsStuckKeepsNoProcessorBusy) {
  const auto ask_for_answers = [](SSL* ssl) {
    return caught(ssl, [ssl] {
      for (int i = 0; i < 400; ++i) {
        SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(ssl);
      }
    });
  };
  connect(ask_for_answers, nothing);
  auto reading = std::async(std::launch::async, [&] {
    std::array<std::byte, 1> one;
    return client_->read(one, long_enough);
  });
  wait_until_parked(manager_);
  auto writing =
      std::async(std::launch::async, [&] { return client_->write_all(pattern(1 << 16), 1s); });
  wait_until_parked(manager_, 2);
  fill(*client_->transport());
  rest_.set_value();
  EXPECT_LT(processor_time([&] { EXPECT_TRUE(error_of(writing.get()).timed_out()); }), 200ms);
  manager_.canceller().cancel();
  EXPECT_FALSE(reading.get());
}

}  // namespace mtcp::test
