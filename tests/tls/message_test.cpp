#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "tls/support/raw_tls.hpp"
#include "tls/support/record.hpp"
#include "tls/support/said.hpp"
#include "tls/support/tls_pair.hpp"

// What a peer says beside its bytes once the handshake is done: it may come in parts, with
// anything happening between them, and there may be very much of it.

namespace mtcp::test {

using namespace std::literals;

namespace {

/// A connection whose server has said half of a message, which the client has read.
class TlsMessage : public ::testing::Test {
 protected:
  TlsMessage() {
    begun_.get_future().get();
    read_away(client_);
  }
  ~TlsMessage() override { go_on(); }

  void go_on() {
    if (!std::exchange(gone_on_, true)) rest_.set_value();
  }
  Result<std::size_t> read_one(Timeout timeout = long_enough) {
    std::array<std::byte, 1> one;
    return client_.read(one, timeout);
  }
  std::string what_the_server_reads() { return read_.get_future().get(); }

  TcpManager manager_ = make_manager();
  TlsStream& client() { return client_; }

 private:
  /// The server: half of a ticket, the other half when it may go on, and then all that comes.
  void serve(SSL* ssl) {
    accept_silently(ssl);
    const std::string ticket = caught_ticket(ssl);
    send(ssl, std::string_view(ticket).substr(0, 1000));
    begun_.set_value();
    rest_.get_future().get();
    send(ssl, std::string_view(ticket).substr(1000));
    std::string text;
    std::array<char, 100> bytes;
    for (int count = 1; count > 0;) {
      count = SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size()));
      text.append(bytes.data(), static_cast<std::size_t>(std::max(count, 0)));
      if (text.ends_with('?')) SSL_write(ssl, "!", 1);
    }
    const bool farewell = (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    read_.set_value(text + (farewell ? ", farewell" : ", cut off"));
  }

  std::promise<void> begun_;
  std::promise<void> rest_;
  std::promise<std::string> read_;
  bool gone_on_ = false;
  Pair tcp_ = make_pair(manager_);
  RawTls server_{RawTls::Side::Server, std::move(tcp_.server), localhost(),
                 [this](SSL* ssl) { serve(ssl); }};
  TlsStream client_ = or_raise(
      TlsStream::connect(make_client_context(), std::move(tcp_.client), "localhost", long_enough));
};

}  // namespace

TEST_F(TlsMessage, ThatIsNotOverLetsAWriteWaitWithinItsTime) {
  EXPECT_TRUE(error_of(client().write("lost"sv, 1ms)).timed_out());
  auto writing =
      std::async(std::launch::async, [&] { return client().write_all("said"sv, long_enough); });
  wait_until_parked(manager_);
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(writing.get()).cancelled());
  manager_.restart();
  writing =
      std::async(std::launch::async, [&] { return client().write_all("said?"sv, long_enough); });
  wait_until_parked(manager_);
  go_on();
  or_raise(writing.get());
  EXPECT_EQ(or_raise(read_one()), 1U);
  or_raise(client().shutdown(Shutdown::Write));
  EXPECT_EQ(what_the_server_reads(), "said?, farewell");
}

TEST_F(TlsMessage, ThatAReaderWaitsForIsOverForAWriterToo) {
  auto reading = std::async(std::launch::async, [&] { return read_one(); });
  wait_until_parked(manager_);
  auto writing =
      std::async(std::launch::async, [&] { return client().write_all("said?"sv, long_enough); });
  wait_until_parked(manager_, 2);
  go_on();
  or_raise(writing.get());
  EXPECT_EQ(or_raise(reading.get()), 1U);
  or_raise(client().shutdown(Shutdown::Write));
  EXPECT_EQ(what_the_server_reads(), "said?, farewell");
}

TEST_F(TlsMessage, IsReadOnByAWriterWhenTheReaderGivesUp) {
  TcpManager readers = make_manager();
  auto reader = or_raise(client().try_clone());
  reader.tie(readers);
  auto reading = std::async(std::launch::async, [&] {
    std::array<std::byte, 1> one;
    return reader.read(one, long_enough);
  });
  wait_until_parked(readers);
  auto writing =
      std::async(std::launch::async, [&] { return client().write_all("said"sv, long_enough); });
  wait_until_parked(manager_);
  readers.canceller().cancel();
  EXPECT_TRUE(error_of(reading.get()).cancelled());
  go_on();
  or_raise(writing.get());
  or_raise(client().shutdown(Shutdown::Write));
  EXPECT_EQ(what_the_server_reads(), "said, farewell");
}

TEST_F(TlsMessage, ThatIsNotOverDefersTheFarewellAndWakesAWriter) {
  auto writing =
      std::async(std::launch::async, [&] { return client().write_all("lost"sv, long_enough); });
  wait_until_parked(manager_);
  or_raise(client().shutdown(Shutdown::Write));
  EXPECT_EQ(error_of(writing.get()), std::errc::broken_pipe);
  EXPECT_TRUE(error_of(client().close(1ms)).timed_out());
  go_on();
  EXPECT_TRUE(error_of(client().close(long_enough)) == TlsErrc::Truncated);  // the server has none
  EXPECT_EQ(what_the_server_reads(), ", farewell");
}

TEST_F(TlsMessage, ThatIsNotOverDisturbsNoNewKeys) {
  or_raise(client().update_keys());
  EXPECT_TRUE(error_of(client().write("lost"sv, 1ms)).timed_out());
  go_on();
  or_raise(client().write_all("said?"sv, long_enough));
  EXPECT_EQ(or_raise(read_one()), 1U);
  or_raise(client().shutdown(Shutdown::Write));
  EXPECT_EQ(what_the_server_reads(), "said?, farewell");
}

TEST_F(TlsMessage, ThatIsNeverReadToItsEndLetsNothingBeWritten) {
  or_raise(client().shutdown(Shutdown::Write));
  or_raise(client().shutdown(Shutdown::Read));
  go_on();
  EXPECT_EQ(what_the_server_reads(), ", cut off");  // but it ends
}

TEST_F(TlsMessage, ThatIsNeverReadToItsEndFailsAWriteAtOnce) {
  auto writing =
      std::async(std::launch::async, [&] { return client().write_all("lost"sv, long_enough); });
  wait_until_parked(manager_);
  or_raise(client().shutdown(Shutdown::Read));
  EXPECT_EQ(error_of(writing.get()), std::errc::broken_pipe);
  EXPECT_EQ(or_raise(read_one()), 0U);
  or_raise(client().shutdown(Shutdown::Write));
  go_on();
  EXPECT_EQ(what_the_server_reads(), ", cut off");
}

TEST(TlsMessages, InWhoseMiddleIsAFarewellAreNoEnd) {
  const TcpManager manager = make_manager();
  auto tcp = make_pair(manager);
  std::promise<void> end;
  const RawTls server(RawTls::Side::Server, std::move(tcp.server), localhost(), [&](SSL* ssl) {
    Records records(ssl);
    accept_silently(ssl);
    const std::string half = records.record(handshake_record, "\x04\0\1\0half"sv);
    send(ssl, half + records.record(alert_record, "\1\0"sv));
    ::shutdown(SSL_get_fd(ssl), SHUT_WR);
    end.get_future().get();
  });
  auto client = or_raise(
      TlsStream::connect(make_client_context(), std::move(tcp.client), "localhost", long_enough));
  std::array<std::byte, 1> one{};
  for (const auto& error :
       {error_of(client.read(one, long_enough)), error_of(client.write(one, long_enough)),
        error_of(client.close(long_enough))}) {
    EXPECT_TRUE(error == TlsErrc::ProtocolViolated) << error.message();
    EXPECT_TRUE(error.message().contains("farewell")) << error.message();
  }
  end.set_value();
}

TEST(TlsMessages, OfNewKeysPrecedeTheNextBytesOnce) {
  const TcpManager manager = make_manager();
  auto tcp = make_pair(manager);
  std::promise<std::vector<int>> told;
  const RawTls server(RawTls::Side::Server, std::move(tcp.server), localhost(), [&](SSL* ssl) {
    SSL_accept(ssl);
    int updates = 0;
    SSL_set_msg_callback_arg(ssl, &updates);
    SSL_set_msg_callback(ssl, [](int sent, int, int type, const void* bytes, std::size_t size, SSL*,
                                 void* counted) {
      const auto* const message = static_cast<const unsigned char*>(bytes);
      const bool update = type == SSL3_RT_HANDSHAKE && size != 0 && *message == SSL3_MT_KEY_UPDATE;
      if (sent == 0 && update) ++*static_cast<int*>(counted);
    });
    std::vector<int> seen;
    std::array<char, 1> byte;
    while (SSL_read(ssl, byte.data(), 1) == 1) seen.push_back(updates);
    told.set_value(seen);
  });
  auto client = or_raise(
      TlsStream::connect(make_client_context(), std::move(tcp.client), "localhost", long_enough));
  or_raise(client.write_all("a"sv, long_enough));
  or_raise(client.update_keys());
  or_raise(client.update_keys());
  or_raise(client.write_all("b"sv, long_enough));
  or_raise(client.write_all("c"sv, long_enough));
  or_raise(client.update_keys());
  or_raise(client.write_all("d"sv, long_enough));
  or_raise(client.shutdown(Shutdown::Write));
  EXPECT_EQ(told.get_future().get(), std::vector({0, 1, 1, 2}));
}

TEST(TlsMessages, InAFloodHoldNoReadPastItsTime) {
  const TcpManager manager = make_manager();
  auto tcp = make_pair(manager);
  const RawTls server(RawTls::Side::Server, std::move(tcp.server), localhost(), [](SSL* ssl) {
    SSL_set_num_tickets(ssl, 0);
    SSL_accept(ssl);
    const std::string flood = caught(ssl, [ssl] {
      for (int i = 0; i < 30'000; ++i) {
        SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(ssl);
      }
      SSL_write(ssl, "!", 1);
    });
    send(ssl, flood);
    SSL_read(ssl, std::array<char, 1>().data(), 1);
  });
  auto client = or_raise(
      TlsStream::connect(make_client_context(), std::move(tcp.client), "localhost", long_enough));
  std::array<std::byte, 1> one;
  while (client.transport()->available() == 0) std::this_thread::yield();
  EXPECT_TRUE(error_of(client.read(one, 1ms)).timed_out());
  EXPECT_EQ(or_raise(client.read(one, long_enough)), 1U);
}

}  // namespace mtcp::test
