#include "support/posix/fault.hpp"

#include <array>
#include <cerrno>
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pattern.hpp"
#include "tls/support/tls_pair.hpp"

// A system call that fails: nothing is left behind, nothing is sent twice, and what is read is
// right or not read at all.

namespace mtcp::test {

using namespace std::literals;

namespace {

/// Calls of the thread that made it.
CallFilter of_this_thread() {
  return [own = std::this_thread::get_id()](const SystemCall&) {
    return std::this_thread::get_id() == own;
  };
}

}  // namespace

TEST(TlsFault, EachCallOfAHandshakeThatFailsEndsItAndLeavesNothing) {
  const auto client = make_client_context();
  const auto server = make_server_context();
  for (const int error : {EIO, ENOMEM, ECONNRESET}) {
    for (unsigned n = 1;; ++n) {
      const DescriptorGuard guard;
      const TcpManager manager = make_manager();
      auto tcp = make_pair(manager);
      auto accepting = std::async(std::launch::async, [&] {
        return TlsStream::accept(server, std::move(tcp.server), 100ms).has_value();
      });
      const FailingCall failing(n, error, of_this_thread());
      const auto connected =
          TlsStream::connect(client, std::move(tcp.client), "localhost", long_enough);
      if (!connected) {
        EXPECT_EQ(connected.error().kind(), TcpError::Kind::Failed) << connected.error().message();
      }
      static_cast<void>(accepting.get());
      if (!failing.happened()) break;
    }
  }
}

TEST(TlsFault, ATransferInWhichACallFailsForWantOfMemoryGoesOn) {
  constexpr std::size_t size = 100'000;
  const auto bytes = pattern(size);
  for (unsigned n = 1;; ++n) {
    const TcpManager manager = make_manager();
    auto pair = make_tls_pair(manager);
    auto receiving = std::async(std::launch::async, [&] {
      std::string text;
      or_raise(pair.server.read_to_end(text, size + 1, long_enough));
      return text;
    });
    const FailingCall failing(n, ENOBUFS, [own = of_this_thread()](const SystemCall& call) {
      return own(call) && (call.name == "send" || call.name == "sendmsg");
    });
    std::span<const std::byte> rest = bytes;
    while (!rest.empty()) {
      const auto written = pair.client.write_all(rest, long_enough);
      rest = rest.subspan(written ? rest.size() : written.error().transferred());
    }
    or_raise(pair.client.shutdown(Shutdown::Write));
    const std::string received = receiving.get();
    EXPECT_EQ(received.size(), size);
    EXPECT_TRUE(is_pattern(std::as_bytes(std::span(received))));
    if (!failing.happened()) break;
  }
}

TEST(TlsFault, AWriteWhoseWaitFailsSaysWhatCannotBeTakenBack) {
  constexpr std::size_t block = 16384;
  const auto bytes = pattern(64 * block);
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager);
  or_raise(pair.client.transport()->set_send_buffer_size(32768));
  or_raise(pair.server.transport()->set_receive_buffer_size(32768));
  std::span<const std::byte> rest = bytes;
  {
    const FailingCall failing(1, ENOMEM, [own = of_this_thread()](const SystemCall& call) {
      return own(call) && call.name == "ppoll";
    });
    while (!failing.happened() && !rest.empty())
      rest = rest.subspan(or_raise(pair.client.write(rest.first(block), long_enough)));
  }
  ASSERT_FALSE(rest.empty());
  std::vector<std::byte> received(bytes.size() - rest.size());
  or_raise(pair.server.read_exact(received, long_enough));
  EXPECT_TRUE(is_pattern(received));
  std::array<std::byte, 1> one;
  const auto more = pair.server.read(one, 1ms);
  EXPECT_TRUE(!more && more.error().timed_out());
}

TEST(TlsFault, WhatIsStuckIsSentThoughMemoryRunsOutMeanwhile) {
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager);
  or_raise(pair.client.transport()->set_send_buffer_size(32768));
  or_raise(pair.server.transport()->set_receive_buffer_size(32768));
  const auto written = pair.client.write_all(pattern(4 << 20), 20ms);
  ASSERT_FALSE(written);
  std::vector<std::byte> received(written.error().transferred());
  const FailingCall failing(1, ENOBUFS, [own = of_this_thread()](const SystemCall& call) {
    return !own(call) && (call.name == "send" || call.name == "sendmsg");
  });
  or_raise(pair.server.read_exact(received, long_enough));
  EXPECT_TRUE(is_pattern(received));
  EXPECT_TRUE(failing.happened());
}

TEST(TlsFault, NoFarewellIsTriedWhereClosingIsToReset) {
  const TcpManager manager = make_manager();
  for (const bool reset : {false, true}) {
    auto pair = make_tls_pair(manager);
    if (reset) or_raise(pair.client.transport()->set_linger(0s));
    const FailingCall sending(1, EPIPE, [own = of_this_thread()](const SystemCall& call) {
      return own(call) && (call.name == "send" || call.name == "sendmsg");
    });
    {
      const TlsStream gone = std::move(pair.client);
    }
    EXPECT_EQ(sending.happened(), !reset);
  }
}

TEST(TlsFault, AReadThatFailsTakesNothing) {
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager);
  or_raise(pair.server.write_all("all of it"sv, long_enough));
  for (unsigned n = 1; n < 5; ++n) {
    const FailingCall failing(n, ENOMEM, of_this_thread());
    std::array<std::byte, 1> one;
    const auto read = pair.client.read(one, long_enough);
    if (!read) expect_clear(read.error(), ENOMEM);
    if (read) break;
  }
  std::string text(8, '.');
  const std::size_t rest = pair.client.available();
  or_raise(pair.client.read_exact(std::span(text).first(rest), long_enough));
  EXPECT_TRUE("all of it"sv.ends_with(text.substr(0, rest)));
}

}  // namespace mtcp::test
