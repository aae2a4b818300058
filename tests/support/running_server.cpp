#include "support/running_server.hpp"

#include <array>
#include <chrono>
#include <span>
#include <utility>

#include <gtest/gtest.h>

namespace mtcp::test {

using namespace std::chrono_literals;

RunningServer::RunningServer(TcpServer server)
    : server_(std::move(server)),
      addresses_(server_.local_addrs()),
      result_(std::async(std::launch::async, [this] { return server_.run(); })) {}

RunningServer::~RunningServer() {
  server_.aborter().cancel();
  if (result_.valid()) result_.wait();
}

bool RunningServer::over() const {
  return !result_.valid() || result_.wait_for(0s) == std::future_status::ready;
}

TcpServerReport RunningServer::report() {
  return or_raise(result_.get());
}

TcpStream RunningServer::connect(const TcpManager& manager, std::size_t which) const {
  return or_raise(TcpStream::connect(manager, addresses_.at(which), 60s));
}

TcpServer make_server(const TcpManager& manager, TcpServer::Session session,
                      TcpServerOptions options) {
  return or_raise(TcpServer::bind(manager, {SocketAddr::loopback_v4()}, std::move(session),
                                  std::move(options)));
}

void echo(const TcpManager&, TcpStream& stream) {
  std::array<std::byte, 4096> block;
  while (const auto size = stream.read(block))
    if (*size == 0 || !stream.write_all(std::span(block).first(*size))) return;
}

void expect_echo(TcpStream& client, std::string_view text) {
  or_raise(client.write_all(text, 60s));
  std::string back(text.size(), '\0');
  or_raise(client.read_exact(back, 60s));
  EXPECT_EQ(back, text);
}

void wait_until_closed(const TcpManager& manager, const SocketAddr& address) {
  const Deadline patience(60s);
  for (;;) {
    const auto client = TcpStream::connect(manager, address, patience);
    if (!client && client.error() == std::errc::connection_refused) return;
    ASSERT_FALSE(patience.expired());
    or_raise(manager.sleep(1ms));
  }
}

void expect_end(TcpStream& client) {
  std::array<std::byte, 1> more;
  const auto count = client.read(more, 60s);
  ASSERT_TRUE(count) << count.error().message();
  EXPECT_EQ(*count, 0U);
}

}  // namespace mtcp::test
