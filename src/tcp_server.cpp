#include <algorithm>
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
constexpr OperationName accepting = {"accept", "on"};
constexpr OperationName refusing = {"serve", "connection from"};

std::unexpected<TcpError> invalid(const char* reason) {
  return std::unexpected(
      Internals::failure(std::make_error_code(std::errc::invalid_argument), binding, {}, reason));
}

bool out_of_descriptors(std::error_code error) noexcept {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system;
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
  Impl(std::vector<TcpListener> listeners, Session session, Options options, sys::Event ended)
      : session_(std::move(session)),
        options_(std::move(options)),
        listeners_(std::move(listeners)),
        pool_(std::in_place, std::move(ended)) {}

  Result<Report> run(const TcpManager& sessions, const TcpManager& accepting);
  std::vector<SocketAddr> local_addrs() const;

 private:
  struct NewConnection {
    sys::Accepted accepted;
    SocketAddr listener;
  };

  detail::Stop accept_all(const TcpManager& sessions, const TcpManager& accepting);
  detail::Outcome<sys::Done> wait_for_room(detail::Operation& operation);
  detail::Outcome<NewConnection> accept_one(detail::Operation& operation);
  sys::Attempt<NewConnection> try_accept();
  void serve(const TcpManager& sessions, NewConnection connection);
  void run_session(const TcpManager& manager, TcpStream& stream, const SocketAddr& peer);
  void count(bool aborted, bool threw);
  void refuse_one();
  void refused(const TcpError& error);
  void tell(const TcpError& error) const {
    if (options_.on_accept_error) options_.on_accept_error(error);
  }

  Session session_;
  Options options_;
  std::vector<TcpListener> listeners_;
  std::size_t next_listener_ = 0;
  std::optional<sys::Expected<sys::Event>> reserve_;  // a descriptor for bad times
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> served_{0};
  std::atomic<std::size_t> drained_{0};
  std::atomic<std::size_t> aborted_{0};
  std::atomic<std::size_t> refused_{0};
  std::atomic<std::size_t> errors_{0};
  std::optional<detail::SessionPool> pool_;  // last: its threads use all of the above
};

std::vector<SocketAddr> TcpServer::Impl::local_addrs() const {
  std::vector<SocketAddr> addresses;
  for (const TcpListener& listener : listeners_)
    if (const auto address = listener.local_addr()) addresses.push_back(*address);
  return addresses;
}

Result<TcpServerReport> TcpServer::Impl::run(const TcpManager& sessions,
                                             const TcpManager& accepting) {
  if (!pool_ || listeners_.empty())
    return std::unexpected(
        Internals::failure(detail::no_object(), running, {}, "the server ran before"));
  reserve_.emplace(sys::Event::create());
  const detail::Stop stop = accept_all(sessions, accepting);
  draining_ = true;
  listeners_.clear();
  detail::Operation drain(*Internals::state(sessions), options_.grace);
  const auto drained =
      drain.run(pool_->ended().handle(), sys::Direction::Read, [&]() -> sys::Attempt<sys::Done> {
        pool_->ended().clear();
        if (pool_->active() == 0) return sys::Done{};
        return std::nullopt;
      });
  if (!drained) sessions.canceller().cancel();
  pool_.reset();
  reserve_.reset();
  if (stop.kind == TcpError::Kind::Failed) return std::unexpected(stop.error(running, {}));
  return Report{served_, drained_, aborted_, refused_, errors_};
}

/// Returns when accepting is cancelled, or cannot go on.
detail::Stop TcpServer::Impl::accept_all(const TcpManager& sessions, const TcpManager& manager) {
  detail::Operation operation(*Internals::state(manager), Deadline::never());
  Backoff backoff;
  for (;;) {
    if (auto room = wait_for_room(operation); !room) return room.error();
    auto connection = accept_one(operation);
    if (connection) {
      backoff.reset();
      serve(sessions, std::move(*connection));
      continue;
    }
    if (connection.error().kind != TcpError::Kind::Failed) return connection.error();
    tell(connection.error().error(accepting, or_raise(listeners_.front().local_addr())));
    if (out_of_descriptors(connection.error().code)) refuse_one();
    if (auto paused = operation.pause(backoff.next()); !paused) return paused.error();
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

detail::Outcome<TcpServer::Impl::NewConnection> TcpServer::Impl::accept_one(
    detail::Operation& operation) {
  std::vector<sys::Interest> interests;
  for (const TcpListener& listener : listeners_)
    interests.push_back({listener.native_handle(), sys::Direction::Read});
  detail::SkipPace pace;
  for (;;) {
    auto connection = operation.run(detail::Watch{interests, {}}, [&] { return try_accept(); });
    if (!connection || connection->accepted.socket.handle().valid()) return connection;
    if (pace.at_once()) continue;
    if (auto paused = operation.pause(pace.next()); !paused) return std::unexpected(paused.error());
  }
}

/// From whichever listener has a connection, each in turn.
sys::Attempt<TcpServer::Impl::NewConnection> TcpServer::Impl::try_accept() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    TcpListener& listener = listeners_[next_listener_++ % listeners_.size()];
    auto accepted = detail::accept_or_skip(listener.native_handle());
    if (!accepted) return std::unexpected(accepted.error());
    if (*accepted) return NewConnection{std::move(**accepted), {}};
  }
  return std::nullopt;
}

void TcpServer::Impl::serve(const TcpManager& sessions, NewConnection connection) try {
  const SocketAddr peer = connection.accepted.peer;
  auto state = detail::make_socket_state(refusing, peer);
  if (!state) return refused(state.error());
  (*state)->set_peer(peer);
  auto manager = sessions.child();
  if (!manager) return refused(manager.error());
  auto stream = std::make_shared<TcpStream>(or_raise(TcpStream::from(
      *manager, Internals::connection(connection.accepted.socket.release(), std::move(*state)))));
  const auto error =
      pool_->run([this, manager = *manager, stream, peer] { run_session(manager, *stream, peer); });
  if (error) refused(Internals::failure(error, refusing, peer));
} catch (const std::bad_alloc&) {
  refused(Internals::failure(std::make_error_code(std::errc::not_enough_memory), refusing,
                             connection.accepted.peer));
}

void TcpServer::Impl::run_session(const TcpManager& manager, TcpStream& stream,
                                  const SocketAddr& peer) {
  std::exception_ptr error;
  if (options_.on_open) options_.on_open(peer);
  try {
    session_(manager, stream);
  } catch (...) {
    error = std::current_exception();
  }
  count(manager.cancelled(), error != nullptr);
  if (options_.on_close) options_.on_close(peer, error);
}

void TcpServer::Impl::count(bool aborted, bool threw) {
  if (aborted)
    ++aborted_;
  else if (draining_)
    ++drained_;
  else
    ++served_;
  if (threw) ++errors_;
}

/// Gives the next connection in the queue an orderly end, by means of the reserve.
void TcpServer::Impl::refuse_one() {
  reserve_.reset();
  if (auto connection = try_accept(); connection && *connection) ++refused_;
  reserve_.emplace(sys::Event::create());
}

void TcpServer::Impl::refused(const TcpError& error) {
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
  for (const SocketAddr& address : addresses) {
    auto listener = TcpListener::bind(*accepting, address, options.listener);
    if (!listener) return std::unexpected(listener.error());
    listeners.push_back(std::move(*listener));
  }
  return TcpServer(*sessions, *accepting,
                   std::make_unique<Impl>(std::move(listeners), std::move(session),
                                          std::move(options), std::move(*ended)));
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
  if (impl_) return impl_->run(sessions_, accepting_);
  return std::unexpected(Internals::failure(detail::no_object(), running, {},
                                            "the object has no server (moved-from)"));
}

}  // namespace mtcp
