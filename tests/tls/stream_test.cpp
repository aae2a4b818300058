#include <array>
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"
#include "support/pattern.hpp"
#include "support/running_server.hpp"
#include "tls/support/raw_tls.hpp"
#include "tls/support/tls_pair.hpp"

// What TLS has beyond the laws of all streams: farewells, keys, and bytes that are encrypted but
// not sent.

namespace mtcp::test {

using namespace std::literals;

namespace {

class Tls : public ::testing::TestWithParam<TlsVersion> {
 protected:
  static void narrow(TlsPair& pair) {
    for (TlsStream* end : {&pair.client, &pair.server}) {
      or_raise(end->transport()->set_send_buffer_size(32768));
      or_raise(end->transport()->set_receive_buffer_size(32768));
    }
  }
  static std::string take_rest(TlsStream& stream) {
    std::string text;
    or_raise(stream.read_to_end(text, std::size_t{1} << 30, long_enough));
    return text;
  }

  TcpManager manager_ = make_manager();
  TlsPair pair_ = make_tls_pair(manager_, GetParam());
  TlsStream& client_ = pair_.client;
  TlsStream& server_ = pair_.server;
};

}  // namespace

TEST_P(Tls, AnEndWithoutAFarewellIsNoEnd) {
  or_raise(server_.write_all("half a mess"sv, long_enough));
  or_raise(server_.transport()->shutdown(Shutdown::Write));
  std::string text;
  const TcpError error = error_of(client_.read_to_end(text, 1000, long_enough));
  EXPECT_EQ(text, "half a mess");
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_TRUE(error == TlsErrc::Truncated) << error.message();
  EXPECT_EQ(error.transferred(), 11U);
  std::array<std::byte, 1> one;
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(error_of(client_.read(one, long_enough)) == TlsErrc::Truncated);
}

TEST_P(Tls, CloseWaitsForThePeersFarewellAndGoesOnAfterATimeout) {
  EXPECT_TRUE(error_of(client_.close(1ms)).timed_out());
  std::array<std::byte, 1> one{};
  EXPECT_EQ(or_raise(server_.read(one, long_enough)), 0U);
  or_raise(server_.write_all("nobody wants this"sv, long_enough));
  auto closing = std::async(std::launch::async, [&] { return client_.close(long_enough); });
  wait_until_parked(manager_);
  or_raise(server_.close(long_enough));
  or_raise(closing.get());
  EXPECT_EQ(error_of(client_.write(one, long_enough)), std::errc::broken_pipe);
}

TEST_P(Tls, DestroyingSaysFarewell) {
  or_raise(client_.write_all("last words"sv, long_enough));
  {
    const TlsStream gone = std::move(client_);
  }
  EXPECT_EQ(take_rest(server_), "last words");
}

TEST_P(Tls, DestroyingResetsAndDropsWhatIsStuckWhereClosingIsToReset) {
  narrow(pair_);
  const std::size_t count = error_of(client_.write_all(pattern(4 << 20), 20ms)).transferred();
  or_raise(client_.transport()->set_linger(0s));
  {
    const TlsStream gone = std::move(client_);
  }
  std::string text;
  const auto all = server_.read_to_end(text, std::size_t{1} << 30, long_enough);
  EXPECT_EQ(error_of(all), std::errc::connection_reset) << error_of(all).message();
  EXPECT_LT(text.size(), count);
}

TEST_P(Tls, WhatAWriteHasEncryptedIsSentAlthoughNobodyWaits) {
  narrow(pair_);
  const auto bytes = pattern(4 << 20);
  const auto written = client_.write_all(bytes, 20ms);
  const std::size_t count = error_of(written).transferred();
  auto reading = std::async(std::launch::async, [&] {
    std::vector<std::byte> received(count);
    or_raise(server_.read_exact(received, long_enough));  // the last record, too
    return received;
  });
  EXPECT_TRUE(is_pattern(reading.get()));
  std::array<std::byte, 1> one;
  EXPECT_TRUE(error_of(server_.read(one, 1ms)).timed_out());
}

TEST_P(Tls, WhatIsStuckIsSentAfterTheStreamIsGone) {
  narrow(pair_);
  const auto bytes = pattern(4 << 20);
  const std::size_t count = error_of(client_.write_all(bytes, 20ms)).transferred();
  {
    const TlsStream gone = std::move(client_);
  }
  const std::string received = take_rest(server_);
  EXPECT_EQ(received.size(), count);
  EXPECT_TRUE(is_pattern(std::as_bytes(std::span(received))));
}

TEST_P(Tls, OtherBytesMayFollowAWriteThatHasTimedOut) {
  narrow(pair_);
  const auto bytes = pattern(4 << 20);
  const std::size_t count = error_of(client_.write_all(bytes, 5ms)).transferred();
  auto receiving = std::async(std::launch::async, [&] { return take_rest(server_); });
  or_raise(client_.write_all("something else"sv, long_enough));
  or_raise(client_.shutdown(Shutdown::Write));
  const std::string received = receiving.get();
  ASSERT_EQ(received.size(), count + 14);
  EXPECT_EQ(received.substr(count), "something else");
}

TEST_P(Tls, ARecordThatTwoReadersShareWakesBoth) {
  const auto read = [this] {
    std::array<std::byte, 1> one;
    return server_.read(one, long_enough);
  };
  for (int i = 0; i < 100; ++i) {
    std::vector<std::future<Result<std::size_t>>> reading;
    for (int reader = 0; reader < 4; ++reader)
      reading.push_back(std::async(std::launch::async, read));
    wait_until_parked(manager_, 4);
    or_raise(client_.write_all("four"sv, long_enough));  // one record for all
    for (auto& result : reading) ASSERT_EQ(or_raise(result.get()), 1U);
  }
}

TEST_P(Tls, CostsTwoDescriptorsAtTheMost) {
  const auto clone = or_raise(client_.try_clone());
  const std::size_t before = open_descriptors().size();
  const auto waiting = [&](auto operation) { return std::async(std::launch::async, operation); };
  std::array<std::byte, 1> one;
  auto first = waiting([&] { return client_.read(one, long_enough); });
  auto second = waiting([&] {
    std::array<std::byte, 1> other;
    return client_.read(other, long_enough);
  });
  wait_until_parked(manager_, 2);
  narrow(pair_);
  auto writing = waiting([&] { return client_.write_all(pattern(8 << 20), long_enough); });
  wait_until_parked(manager_, 3);
  const std::size_t during = open_descriptors().size();
  manager_.canceller().cancel();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_FALSE(writing.get());
  // A manager whose threads wait at the same time has an event a processor.
  EXPECT_LE(during, before + 1 + std::thread::hardware_concurrency());
}

TEST_P(Tls, KeysAreUpdatedWhileBytesGoBothWays) {
  if (GetParam() == TlsVersion::Tls12) {
    EXPECT_EQ(error_of(client_.update_keys()), std::errc::not_supported);
    return;
  }
  constexpr std::size_t size = 4 << 20;
  const auto send = [&](TlsStream& stream, std::size_t offset) {
    const auto bytes = pattern(size, offset);
    for (std::size_t place = 0; place < size; place += size / 16) {
      or_raise(stream.update_keys());
      or_raise(stream.write_all(std::span(bytes).subspan(place, size / 16), long_enough));
    }
  };
  const auto receive = [&](TlsStream& stream) {
    std::vector<std::byte> bytes(size);
    or_raise(stream.read_exact(bytes, long_enough));
    return bytes;
  };
  auto there = std::async(std::launch::async, [&] { send(client_, 0); });
  auto back = std::async(std::launch::async, [&] { send(server_, 7); });
  auto received = std::async(std::launch::async, [&] { return receive(server_); });
  EXPECT_TRUE(is_pattern(receive(client_), 7));
  EXPECT_TRUE(is_pattern(received.get()));
  there.get();
  back.get();
}

TEST_P(Tls, KeysThatAreNotToldYetDisturbNeitherEachOtherNorTheFarewell) {
  if (GetParam() == TlsVersion::Tls12) return;  // which has none
  or_raise(client_.update_keys());
  or_raise(client_.update_keys());
  or_raise(client_.shutdown(Shutdown::Write));
  EXPECT_EQ(error_of(client_.update_keys()), std::errc::broken_pipe);
  std::array<std::byte, 1> byte;
  EXPECT_EQ(or_raise(server_.read(byte, long_enough)), 0U);
}

TEST_P(Tls, RenegotiationIsRefused) {
  if (GetParam() == TlsVersion::Tls13) return;  // which has none
  auto tcp = make_pair(manager_);
  std::promise<int> renegotiated;
  const RawTls client(RawTls::Side::Client, std::move(tcp.client), localhost(), [&](SSL* ssl) {
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_connect(ssl);
    SSL_renegotiate(ssl);
    renegotiated.set_value(SSL_do_handshake(ssl));
  });
  auto server = or_raise(TlsStream::accept(make_server_context(), std::move(tcp.server), 60s));
  std::string text;
  EXPECT_FALSE(server.read_to_end(text, 100, long_enough));  // the client gives up
  EXPECT_NE(renegotiated.get_future().get(), 1);
}

TEST_P(Tls, BytesThatSomebodyHasChangedAreNeverRead) {
  auto outer = make_pair(manager_);
  auto inner = make_pair(manager_);
  auto middle = std::async(std::launch::async, [&] {
    std::array<std::byte, 65536> bytes;
    for (;;) {
      const auto there = outer.server.read(bytes, 1ms);
      if (there ? *there == 0 : !there.error().timed_out()) return;
      if (there) {
        if (bytes[0] == std::byte{23} && *there > 1000) bytes[500] ^= std::byte{1};
        if (!inner.client.write_all(std::span(bytes).first(*there), 60s)) return;
      }
      const auto back = inner.client.read(bytes, 1ms);
      if (back ? *back == 0 : !back.error().timed_out()) return;
      if (back && !outer.server.write_all(std::span(bytes).first(*back), 60s)) return;
    }
  });
  auto pair = make_tls_pair({std::move(outer.client), std::move(inner.server)}, GetParam());
  or_raise(pair.client.write_all(pattern(2000), long_enough));
  std::vector<std::byte> bytes(2000);
  const auto failed = pair.server.read(bytes, long_enough);
  EXPECT_TRUE(error_of(failed) == TlsErrc::ProtocolViolated) << error_of(failed).message();
  EXPECT_TRUE(error_of(pair.server.write(bytes, long_enough)) == TlsErrc::ProtocolViolated);
  {
    const TlsStream gone = std::move(pair.client);
  }
  {
    const TlsStream gone = std::move(pair.server);
  }
}

TEST_P(Tls, IsReadByAReaderAndServedByAServer) {
  const auto context = make_server_context();
  RunningServer server(make_server(make_manager(), [&](const TcpManager&, TcpStream& tcp) {
    auto stream = or_raise(TlsStream::accept(context, std::move(tcp), long_enough));
    TcpReader reader(stream);
    for (;;) {
      const auto line = reader.read_line(1000, long_enough);
      if (!line || !*line) break;
      or_raise(stream.write_all({**line, "!\n"sv}, long_enough));
    }
  }));
  auto options = client_options();
  options.max_version = GetParam();
  auto client = or_raise(TlsStream::connect(make_client_context(options), server.connect(manager_),
                                            "localhost", long_enough));
  TcpReader reader(client);
  for (const auto line : {"one"sv, "two"sv, "three"sv}) {
    or_raise(client.write_all({line, "\n"sv}, long_enough));
    EXPECT_EQ(or_raise(reader.read_line(1000, long_enough)), std::string(line) + "!");
  }
  or_raise(client.close(long_enough));
}

TEST_P(Tls, IsRelayedToAPlainConnection) {
  auto plain = make_pair(manager_);
  auto relaying = std::async(std::launch::async,
                             [&] { return relay(StreamRef(server_), StreamRef(plain.client)); });
  or_raise(client_.write_all("there"sv, long_enough));
  or_raise(client_.shutdown(Shutdown::Write));
  std::string text;
  or_raise(plain.server.read_to_end(text, 100, long_enough));
  EXPECT_EQ(text, "there");
  or_raise(plain.server.write_all("and back"sv, long_enough));
  or_raise(plain.server.shutdown(Shutdown::Write));
  EXPECT_EQ(take_rest(client_), "and back");
  const auto report = relaying.get();
  EXPECT_FALSE(report.a_to_b.error);
  EXPECT_FALSE(report.b_to_a.error);
}

TEST_P(Tls, AMovedFromStreamHasNothing) {
  const TlsStream gone = std::move(client_);
  EXPECT_EQ(client_.transport(), nullptr);
  EXPECT_FALSE(client_.native_handle().valid());
  EXPECT_EQ(client_.version() + client_.protocol() + client_.server_name(), "");
  EXPECT_EQ(client_.peer_subject(), "");
  EXPECT_FALSE(client_.resumed());
  EXPECT_EQ(client_.available(), 0U);
  for (const auto& error :
       {error_of(client_.handshake()), error_of(client_.close()), error_of(client_.update_keys()),
        error_of(client_.local_addr()), error_of(client_.try_clone())})
    EXPECT_EQ(error, std::errc::bad_file_descriptor) << error.message();
}

INSTANTIATE_TEST_SUITE_P(Of, Tls, ::testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const auto& version) {
                           return version.param == TlsVersion::Tls12 ? "Version12" : "Version13";
                         });

}  // namespace mtcp::test
