#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <utility>

#include <mtcp/tcp_server.hpp>

#include "accept.hpp"
#include "operation.hpp"
#include "session_pool.hpp"
#include "socket_calls.hpp"
#include "sys/event.hpp"

namespace mtcp {

namespace {

using detail::Internals;
using detail::OperationName;

constexpr OperationName binding = {"bind server", "to"};
constexpr OperationName running = {"run server", ""};
constexpr OperationName accept_name = {"accept", "on"};
constexpr OperationName refusing = {"serve", "connection from"};

std::unexpected<TcpError> invalid(const char* reason) {
  return std::unexpected(
      Internals::failure(std::make_error_code(std::errc::invalid_argument), binding, {}, reason));
}

bool out_of_descriptors(std::error_code error) noexcept {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system;
}

bool nobody_waits(NativeHandle listener) {
  const auto ready = sys::ready(listener, sys::Direction::Read);
  return ready && !*ready;
}

/// Takes what the peer has sent so far: to close with bytes unread would be a reset, not an end.
void discard_input(NativeHandle handle) {
  std::array<std::byte, 4096> block;
  for (int i = 0; i < 16; ++i) {
    const auto received = sys::receive(handle, block, sys::Receive::Take);
    if (!received || !*received || **received == 0) return;
  }
}

/// Ever longer pauses while accepting goes wrong.
class Backoff {
 public:
  Deadline next() noexcept {
    return std::exchange(length_, std::min(2 * length_, std::chrono::milliseconds(500)));
  }
  void reset() noexcept { length_ = shortest; }

 private:
  static constexpr std::chrono::milliseconds shortest{5};

  std::chrono::milliseconds length_ = shortest;
};

}  // namespace

class TcpServer::Impl {
 public:
  Impl(TcpManager sessions, TcpManager accepting, std::vector<TcpListener> listeners,
       std::vector<SocketAddr> addresses, Session session, Options options, sys::Event ended);

  Result<Report> run();
  Report report() const noexcept;
  std::vector<SocketAddr> local_addrs() const;

 private:
  detail::Stop accept_all();
  detail::Outcome<sys::Done> wait_for_room(detail::Operation& operation);
  detail::Outcome<sys::Accepted> accept_one(detail::Operation& operation);
  sys::Attempt<sys::Accepted> try_accept();
  std::optional<detail::Stop> drain(detail::Operation& operation);
  void serve(sys::Accepted connection);
  Result<detail::SessionPool::Job> job_for(sys::Accepted& connection);
  void run_session(const TcpManager& manager, TcpStream& stream, const SocketAddr& peer);
  void count(bool aborted, bool threw);
  void keep_reserve();
  bool refuse_one();
  void refuse(NativeHandle handle, const TcpError& error);
  void tell(const TcpError& error) const noexcept {
    if (options_.on_accept_error) options_.on_accept_error(error);
  }
  void tell_of_drain() const noexcept {
    if (options_.on_drain) options_.on_drain();
  }

  TcpManager sessions_;
  TcpManager accepting_;
  Session session_;
  Options options_;
  std::vector<TcpListener> listeners_;
  std::vector<SocketAddr> addresses_;     // of the listeners; neither changes before the end
  std::vector<sys::Interest> interests_;  // in the listeners
  std::size_t last_tried_ = 0;            // which listener was asked for a connection last
  std::optional<sys::Event> reserve_;     // a descriptor for bad times
  std::atomic<bool> listening_{true};
  std::atomic<std::size_t> begun_{0};
  std::atomic<std::size_t> served_{0};
  std::atomic<std::size_t> drained_{0};
  std::atomic<std::size_t> aborted_{0};
  std::atomic<std::size_t> errors_{0};
  std::atomic<std::size_t> refused_{0};
  std::optional<detail::SessionPool> pool_;  // last: its threads use all of the above
};

TcpServer::Impl::Impl(TcpManager sessions, TcpManager accepting, std::vector<TcpListener> listeners,
                      std::vector<SocketAddr> addresses, Session session, Options options,
                      sys::Event ended)
    : sessions_(sessions),
      accepting_(accepting),
      session_(std::move(session)),
      options_(std::move(options)),
      listeners_(std::move(listeners)),
      addresses_(std::move(addresses)),
      pool_(std::in_place, std::move(ended)) {
  for (const TcpListener& listener : listeners_)
    interests_.push_back({listener.native_handle(), sys::Direction::Read});
}

std::vector<SocketAddr> TcpServer::Impl::local_addrs() const {
  return listening_ ? addresses_ : std::vector<SocketAddr>();
}

Result<TcpServerReport> TcpServer::Impl::run() {
  if (!pool_)
    return std::unexpected(
        Internals::failure(detail::no_object(), running, {}, "the server ran before"));
  // Made now, so that a cancel of everything counts as an abort even if a restart follows at once.
  detail::Operation draining(*Internals::state(sessions_), options_.grace);
  const detail::Stop stop = accept_all();
  accepting_.canceller().cancel();  // whatever ended it: sessions that end now are drained
  listening_ = false;
  listeners_.clear();
  tell_of_drain();
  const auto failed = drain(draining);
  pool_.reset();
  reserve_.reset();
  if (stop.kind == TcpError::Kind::Failed) return std::unexpected(stop.error(running, {}));
  if (failed) return std::unexpected(failed->error(running, {}));
  return report();
}

/// Those that threw are read before those that have ended, and these before those that have begun:
/// what is read later is never fewer.
TcpServerReport TcpServer::Impl::report() const noexcept {
  Report report;
  report.errors = errors_;
  report.served = served_;
  report.drained = drained_;
  report.aborted = aborted_;
  report.refused = refused_;
  report.running = begun_ - report.served - report.drained - report.aborted;
  return report;
}

/// Returns when all sessions have ended or are cancelled; a failure if the system refused to wait.
std::optional<detail::Stop> TcpServer::Impl::drain(detail::Operation& operation) {
  const auto drained = operation.run(pool_->ended().handle(), sys::Direction::Read,
                                     [&]() -> sys::Attempt<sys::Done> {
                                       pool_->ended().clear();
                                       if (pool_->active() == 0) return sys::Done{};
                                       return std::nullopt;
                                     });
  if (drained) return std::nullopt;
  sessions_.canceller().cancel();
  if (drained.error().kind != TcpError::Kind::Failed) return std::nullopt;
  return drained.error();
}

/// Returns when accepting is cancelled, or cannot go on.
detail::Stop TcpServer::Impl::accept_all() {
  detail::Operation operation(*Internals::state(accepting_), Deadline::never());
  Backoff backoff;
  detail::SkipPace pace;  // of refusals
  for (;;) {
    keep_reserve();
    if (auto room = wait_for_room(operation); !room) return room.error();
    auto connection = accept_one(operation);
    if (connection) {
      backoff.reset();
      serve(std::move(*connection));
      continue;
    }
    if (connection.error().kind != TcpError::Kind::Failed) return connection.error();
    tell(connection.error().error(accept_name, addresses_[last_tried_]));
    const bool refused = out_of_descriptors(connection.error().code) && refuse_one();
    if (!refused || !pace.at_once()) {
      if (auto paused = operation.pause(backoff.next()); !paused) return paused.error();
    }
  }
}

detail::Outcome<sys::Done> TcpServer::Impl::wait_for_room(detail::Operation& operation) {
  return operation.run(pool_->ended().handle(), sys::Direction::Read,
                       [&]() -> sys::Attempt<sys::Done> {
                         if (pool_->active() < options_.max_sessions) return sys::Done{};
                         pool_->ended().clear();
                         if (pool_->active() < options_.max_sessions) return sys::Done{};
                         return std::nullopt;
                       });
}

detail::Outcome<sys::Accepted> TcpServer::Impl::accept_one(detail::Operation& operation) {
  detail::SkipPace pace;
  for (;;) {
    auto connection = operation.run(detail::Watch{interests_, {}}, [&] { return try_accept(); });
    if (!connection || connection->socket.handle().valid()) return connection;
    if (pace.at_once()) continue;
    if (auto paused = operation.pause(pace.next()); !paused) return std::unexpected(paused.error());
  }
}

/// From whichever listener has a connection, each in turn.
sys::Attempt<sys::Accepted> TcpServer::Impl::try_accept() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    last_tried_ = (last_tried_ + 1) % listeners_.size();
    const NativeHandle listener = listeners_[last_tried_].native_handle();
    auto accepted = detail::accept_or_skip(listener);
    // Without descriptors accept() fails even if there is nothing to accept.
    if (!accepted && nobody_waits(listener)) continue;
    if (!accepted || *accepted) return accepted;
  }
  return std::nullopt;
}

void TcpServer::Impl::serve(sys::Accepted connection) try {
  const NativeHandle handle = connection.socket.handle();
  auto job = job_for(connection);
  if (!job) return refuse(handle, job.error());
  ++begun_;  // before it can end
  if (const auto error = pool_->run(*job)) {
    --begun_;
    refuse(handle, Internals::failure(error, refusing, connection.peer));
  }
} catch (const std::bad_alloc&) {
  refuse({}, detail::no_memory(refusing, connection.peer));
}

/// The session of `connection`, which it takes over unless it fails.
Result<detail::SessionPool::Job> TcpServer::Impl::job_for(sys::Accepted& connection) {
  const SocketAddr peer = connection.peer;
  auto state = detail::make_socket_state();
  if (!state) return std::unexpected(detail::no_memory(refusing, peer));
  state->set_peer(peer);
  const auto manager = sessions_.child();
  if (!manager) return std::unexpected(manager.error());
  auto stream = std::make_shared<TcpStream>(or_raise(TcpStream::from(
      *manager, Internals::connection(connection.socket.release(), std::move(state)))));
  return [this, manager = *manager, stream = std::move(stream), peer] {
    run_session(manager, *stream, peer);
  };
}

void TcpServer::Impl::run_session(const TcpManager& manager, TcpStream& stream,
                                  const SocketAddr& peer) {
  // Remembers a cancel also if the session restarts its manager, to say goodbye.
  const detail::Ticket ticket(Internals::state(manager)->cancellation());
  std::exception_ptr error;
  if (options_.on_open) options_.on_open(peer);
  try {
    session_(manager, stream);
  } catch (...) {
    error = std::current_exception();
  }
  count(ticket.cancelled(), error != nullptr);
  if (options_.on_close) options_.on_close(peer, error);
}

void TcpServer::Impl::count(bool aborted, bool threw) {
  if (aborted)
    ++aborted_;
  else if (accepting_.cancelled())
    ++drained_;
  else
    ++served_;
  if (threw) ++errors_;
}

/// Also after it was lost: whoever was quicker may have taken the descriptor.
void TcpServer::Impl::keep_reserve() {
  if (reserve_) return;
  if (auto event = sys::Event::create()) reserve_.emplace(std::move(*event));
}

/// Gives the next connection in the queue an orderly end, by means of the reserve. Whether there
/// was one.
bool TcpServer::Impl::refuse_one() {
  reserve_.reset();
  bool refused = false;
  if (const auto connection = try_accept(); connection && *connection) {
    refused = (*connection)->socket.handle().valid();
    if (refused) discard_input((*connection)->socket.handle());
  }
  if (refused) ++refused_;
  keep_reserve();
  return refused;
}

/// `handle` is closed by the caller.
void TcpServer::Impl::refuse(NativeHandle handle, const TcpError& error) {
  if (handle.valid()) discard_input(handle);
  ++refused_;
  tell(error);
}

TcpServer::TcpServer(TcpManager sessions, TcpManager accepting, std::unique_ptr<Impl> impl) noexcept
    : sessions_(sessions), accepting_(accepting), impl_(std::move(impl)) {}
TcpServer::TcpServer(TcpServer&& other) noexcept = default;
TcpServer& TcpServer::operator=(TcpServer&& other) noexcept = default;
TcpServer::~TcpServer() = default;

Result<TcpServer> TcpServer::bind(const TcpManager& manager, std::span<const SocketAddr> addresses,
                                  Session session, Options options) try {
  if (addresses.empty() || addresses.size() > sys::max_interests)
    return invalid("the addresses are not 1 to 16");
  if (!session) return invalid("the session is empty");
  if (options.max_sessions == 0) return invalid("Options::max_sessions is 0");
  if (options.grace < options.grace.zero()) return invalid("Options::grace is negative");
  const auto sessions = manager.child();
  if (!sessions) return std::unexpected(sessions.error());
  const auto accepting = sessions->child();
  if (!accepting) return std::unexpected(accepting.error());
  auto ended = sys::Event::create();
  if (!ended) return std::unexpected(Internals::failure(ended.error(), binding, {}));
  std::vector<TcpListener> listeners;
  std::vector<SocketAddr> bound;
  for (const SocketAddr& address : addresses) {
    auto listener = TcpListener::bind(*accepting, address, options.listener);
    if (!listener) return std::unexpected(listener.error());
    const auto local = listener->local_addr();
    if (!local) return std::unexpected(local.error());
    bound.push_back(*local);
    listeners.push_back(std::move(*listener));
  }
  return TcpServer(
      *sessions, *accepting,
      std::make_unique<Impl>(*sessions, *accepting, std::move(listeners), std::move(bound),
                             std::move(session), std::move(options), std::move(*ended)));
} catch (const std::bad_alloc&) {
  return std::unexpected(
      Internals::failure(std::make_error_code(std::errc::not_enough_memory), binding, {}));
}

Result<TcpServer> TcpServer::bind(const TcpManager& manager,
                                  std::initializer_list<SocketAddr> addresses, Session session,
                                  Options options) {
  return bind(manager, std::span<const SocketAddr>(addresses.begin(), addresses.size()),
              std::move(session), std::move(options));
}

Result<TcpServer> TcpServer::bind(const TcpManager& manager, std::string_view address,
                                  Session session, Options options) {
  const auto parsed = SocketAddr::parse(address);
  if (!parsed) return std::unexpected(parsed.error());
  return bind(manager, {*parsed}, std::move(session), std::move(options));
}

std::vector<SocketAddr> TcpServer::local_addrs() const {
  return impl_ ? impl_->local_addrs() : std::vector<SocketAddr>();
}

TcpServer::Report TcpServer::report() const noexcept {
  return impl_ ? impl_->report() : Report();
}

TcpCanceller TcpServer::drainer() const noexcept {
  return accepting_.canceller();
}

TcpCanceller TcpServer::aborter() const noexcept {
  return sessions_.canceller();
}

bool TcpServer::stop() const noexcept {
  return drainer().cancel();
}

Result<TcpServer::Report> TcpServer::run() {
  if (impl_) return impl_->run();
  return std::unexpected(Internals::failure(detail::no_object(), running, {},
                                            "the object has no server (moved-from)"));
}

}  // namespace mtcp
