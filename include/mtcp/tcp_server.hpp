#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <mtcp/socket_addr.hpp>
#include <mtcp/tcp_canceller.hpp>
#include <mtcp/tcp_error.hpp>
#include <mtcp/tcp_listener.hpp>
#include <mtcp/tcp_manager.hpp>
#include <mtcp/tcp_stream.hpp>

namespace mtcp {

/// How a TcpServer works; every member has a good default. The hooks may be empty; they are called
/// by several threads at once, and may stop the server. One that throws ends the program.
struct TcpServerOptions {
  /// How it listens.
  TcpListenerOptions listener = {};
  /// How many sessions may run at once, at least 1; at the limit it stops accepting, so that the
  /// kernel queues.
  std::size_t max_sessions = 256;
  /// How long sessions may go on after a stop, before they are cancelled: from 0, which cancels
  /// them at once, to nanoseconds::max(), which never does.
  std::chrono::nanoseconds grace = std::chrono::seconds(10);
  /// A connection could not be accepted, or had to be refused for want of descriptors, threads or
  /// memory. Called by the thread that is in run(), which accepts nobody meanwhile.
  std::function<void(const TcpError&)> on_accept_error = {};
  /// A session begins. Called by its thread.
  std::function<void(const SocketAddr& peer)> on_open = {};
  /// A session has ended; `error` is what it threw, null if nothing. Called by its thread, just
  /// before the connection is closed.
  std::function<void(const SocketAddr& peer, std::exception_ptr error)> on_close = {};
  /// Accepting has ended, and the listeners are closed; sessions go on. Called once, by the thread
  /// that is in run().
  std::function<void()> on_drain = {};
};

/// What a TcpServer did, in sessions.
struct TcpServerReport {
  /// Begun and not ended yet; 0 when run() has returned.
  std::size_t running = 0;
  /// Ended by themselves before the stop.
  std::size_t served = 0;
  /// Ended by themselves after the stop, within the grace.
  std::size_t drained = 0;
  /// Cancelled before they ended: the grace was over, an abort came, or somebody used the
  /// canceller of the session's own manager.
  std::size_t aborted = 0;
  /// Connections that were closed at once, for want of descriptors, threads or memory.
  std::size_t refused = 0;
  /// Those of served, drained and aborted that threw.
  std::size_t errors = 0;
};

/// Accepts on one or more addresses and runs a session for each connection on a thread of its own,
/// until it is stopped; threads are used again, and kept until then. A session costs one thread
/// and two descriptors, or three: its connection and its manager.
///
/// It stops in two steps. *Drain*, by drainer() or stop(): no more accepting, sessions go on until
/// the grace is over. *Abort*, by aborter() or when the grace is over: the operations of all
/// sessions fail with Cancelled. Cancelling the manager given to bind() is an abort as well.
/// Connections that are still in the kernel's queue at the stop are reset, and not counted.
///
/// ```cpp
/// auto server = mtcp::or_raise(mtcp::TcpServer::bind(
///     manager, {mtcp::SocketAddr::any_v6(7)}, [](const auto&, mtcp::TcpStream& stream) {
///       std::array<std::byte, 4096> block;
///       while (auto size = stream.read(block, 60s))
///         if (*size == 0 || !stream.write_all(std::span(block).first(*size), 60s)) break;
///     }));
/// auto ctrl_c = mtcp::or_raise(
///     mtcp::CancelOnSignal::install_in_turn({server.drainer(), server.aborter()}));
/// auto report = mtcp::or_raise(server.run());
/// ```
///
/// Move-only; cancellers go on to refer to the server, wherever it was moved. Threads: drainer(),
/// aborter(), stop(), report() and local_addrs() may be called at any time, also before run() and
/// by sessions and hooks; run() once. Signal handlers: use cancellers that were taken beforehand.
class TcpServer {
 public:
  /// The options, under the class's own name.
  using Options = TcpServerOptions;
  /// The report, under the class's own name.
  using Report = TcpServerReport;
  /// What a connection is served by. `manager` is the session's own, a child: its canceller ends
  /// this session alone. The connection is closed when the session returns; if it left bytes of the
  /// peer unread, the peer may see a reset. If it throws, whatever that is, that ends this
  /// connection only, and is reported. Called by several threads at once.
  using Session = std::function<void(const TcpManager& manager, TcpStream& stream)>;

  /// Listens on all of `addresses`, at least 1 and at most 16; each with port 0 gets a port of its
  /// own. All IPv4 and all IPv6 addresses with one port need TcpListenerOptions::v6_only. Does not
  /// wait.
  /// Errors: those of TcpListener::bind() and TcpManager::create(); Failed with invalid_argument
  /// for a wrong number of addresses, an empty session, no sessions at once or a negative grace.
  [[nodiscard]] static Result<TcpServer> bind(const TcpManager& manager,
                                              std::span<const SocketAddr> addresses,
                                              Session session, Options options = {});
  /// The same for a list of addresses.
  [[nodiscard]] static Result<TcpServer> bind(const TcpManager& manager,
                                              std::initializer_list<SocketAddr> addresses,
                                              Session session, Options options = {});
  /// The same for one address as text. Errors: also those of SocketAddr::parse().
  [[nodiscard]] static Result<TcpServer> bind(const TcpManager& manager, std::string_view address,
                                              Session session, Options options = {});

  /// Takes over. Never fails; not while run() runs.
  TcpServer(TcpServer&& other) noexcept;
  /// Ends its own and takes over. Never fails; not while run() runs.
  TcpServer& operator=(TcpServer&& other) noexcept;
  /// Closes the listeners. Never fails; not while run() runs.
  ~TcpServer();

  /// Where it listens, with the ports that the system chose. Empty after run() and if moved-from.
  std::vector<SocketAddr> local_addrs() const;

  /// What it has done so far. All zero if moved-from. Never fails.
  Report report() const noexcept;

  /// Cancelling by this begins the drain. Never fails.
  TcpCanceller drainer() const noexcept;
  /// Cancelling by this drains and aborts. Never fails.
  TcpCanceller aborter() const noexcept;
  /// The same as drainer().cancel(): true if this call began the drain. Never fails; any thread.
  bool stop() const noexcept;

  /// Serves until stopped and until the last session has ended and its thread is joined: a session
  /// that ignores its cancel is waited for. Survives errors of accept, which it reports to the
  /// hook, after pauses; when descriptors have run out, it closes queued connections by means of
  /// one that it keeps in reserve.
  ///
  /// Errors: Failed with bad_file_descriptor if it ran before or is moved-from, or with the
  /// system's code if waiting itself fails; sessions are ended and joined then too.
  [[nodiscard]] Result<Report> run();

 private:
  class Impl;

  TcpServer(TcpManager sessions, TcpManager accepting, std::unique_ptr<Impl> impl) noexcept;

  TcpManager sessions_;
  TcpManager accepting_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mtcp
