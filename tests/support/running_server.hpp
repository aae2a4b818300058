#pragma once

#include <cstddef>
#include <future>
#include <string>
#include <string_view>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// A server that runs in a thread of its own, until finish() or the end.
class RunningServer {
 public:
  explicit RunningServer(TcpServer server);
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  /// Aborts.
  ~RunningServer();

  TcpServer& operator*() noexcept { return server_; }
  TcpServer* operator->() noexcept { return &server_; }
  const TcpServer* operator->() const noexcept { return &server_; }

  /// Whether run() has returned.
  bool over() const;
  /// Waits until run() has returned; its report.
  TcpServerReport report();

  /// A client, by its address number `which`.
  TcpStream connect(const TcpManager& manager, std::size_t which = 0) const;

 private:
  TcpServer server_;
  std::vector<SocketAddr> addresses_;
  std::future<Result<TcpServerReport>> result_;
};

/// A server on a free port of 127.0.0.1, not running yet.
TcpServer make_server(const TcpManager& manager, TcpServer::Session session,
                      TcpServerOptions options = {});

/// A session that sends back what it gets until the end of the stream, or an error.
void echo(const TcpManager& manager, TcpStream& stream);

/// Sends `text` and expects it back: the session runs.
void expect_echo(TcpStream& client, std::string_view text = "hello");

/// Returns when nobody listens there any more.
void wait_until_closed(const TcpManager& manager, const SocketAddr& address);

/// Expects that the server ends the connection, in order and without further bytes.
void expect_end(TcpStream& client);

}  // namespace mtcp::test
