#include "proxy.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "address.hpp"
#include "forwarder.hpp"
#include "on_signal.hpp"
#include "statistics.hpp"
#include "system.hpp"

namespace proxy {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Client, target, what cancels the two, and for bytes in bulk a pipe each way.
constexpr std::size_t descriptors_per_connection = 7;

/// No pipes, but an event for each connection of TLS, and for each of two managers as many as
/// threads may wait by at once.
std::size_t descriptors_per_tls_connection() {
  constexpr unsigned most_events = 16;
  return 4 + std::size_t{2} * std::min(most_events, std::thread::hardware_concurrency());
}
constexpr std::size_t other_descriptors = 64;  // listeners, look-ups, races of addresses

std::string count_of(std::uint64_t count, std::string_view what) {
  return std::to_string(count).append(" ").append(what).append(count == 1 ? "" : "s");
}

/// For what may happen a thousand times a second. Any threads at once.
class OnceASecond {
 public:
  bool operator()() noexcept {
    const auto now = Clock::now().time_since_epoch();
    auto next = next_.load();
    return now >= next && next_.compare_exchange_strong(next, now + 1s);
  }

 private:
  std::atomic<Clock::duration> next_{Clock::duration::min()};
};

/// What all connections share.
class Proxy {
 public:
  explicit Proxy(const Options& options)
      : options_(options), log_(options.verbosity), forwarder_(options, log_) {}

  void run();

 private:
  mtcp::TcpServerOptions server_options();
  void check_descriptors() const;
  void serve(const mtcp::TcpManager& manager, mtcp::TcpStream& client);
  std::string explain(const Outcome& outcome) const;
  void tell_of_exception(const mtcp::SocketAddr& peer, const std::exception_ptr& error) const;
  void tell_of_drain() const;
  void tell_statistics() const { log_.say({statistics_.to_string(*server_)}); }

  const Options& options_;
  Log log_;
  Forwarder forwarder_;
  Statistics statistics_;
  OnceASecond may_tell_of_accept_;
  std::optional<mtcp::TcpServer> server_;  // last: its sessions use all of the above
};

void Proxy::run() {
  system::ignore_harmless_signals();
  check_descriptors();
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  server_ = mtcp::or_raise(mtcp::TcpServer::bind(
      manager, options_.listen,
      [this](const auto& session, mtcp::TcpStream& client) { serve(session, client); },
      server_options()));
  const auto stop = mtcp::or_raise(mtcp::CancelOnSignal::install_in_turn(
      std::array{server_->drainer(), server_->aborter()}, system::stop_signals()));
  std::optional<OnSignal> statistics;
  if (system::statistics_signal)
    statistics.emplace(*system::statistics_signal, [this] { tell_statistics(); });
  for (const auto& address : server_->local_addrs())
    log_.say({"listening on ", address.to_string()});
  const auto report = mtcp::or_raise(server_->run());
  tell_statistics();
  log_.say({"stopped; ", count_of(report.aborted, "connection"), " cut off"});
}

mtcp::TcpServerOptions Proxy::server_options() {
  mtcp::TcpServerOptions options;
  options.max_sessions = options_.max_connections;
  options.grace = options_.grace;
  options.on_accept_error = [this](const mtcp::TcpError& error) {
    if (may_tell_of_accept_()) log_.say({error.message()});
  };
  options.on_close = [this](const mtcp::SocketAddr& peer, const std::exception_ptr& error) {
    if (error) tell_of_exception(peer, error);
  };
  options.on_drain = [this] { tell_of_drain(); };
  return options;
}

/// Clients for whom there are no descriptors would be refused; better they wait.
void Proxy::check_descriptors() const {
  const bool tls = options_.tls.clients() || options_.tls.target;
  const auto each = tls ? descriptors_per_tls_connection() : descriptors_per_connection;
  const auto needed = each * options_.max_connections + other_descriptors;
  const auto allowed = system::allow_descriptors(needed);
  if (allowed >= needed) return;
  log_.say({"only ", std::to_string(allowed), " descriptors are allowed, and ",
            count_of(options_.max_connections, "connection"), " may need ", std::to_string(needed),
            ": some may be refused"});
}

void Proxy::serve(const mtcp::TcpManager& manager, mtcp::TcpStream& client) {
  const auto start = Clock::now();
  const auto name = name_of_peer(client);
  const auto outcome = forwarder_.forward(manager, std::move(client), name);
  statistics_.count(outcome);
  const bool well = outcome.ending == Ending::Complete;
  log_.say(
      well ? Verbosity::Normal : Verbosity::Quiet,
      {name, ": ", explain(outcome), "; ", count_of(outcome.bytes_to_target, "byte"), " there, ",
       count_of(outcome.bytes_to_client, "byte"), " back, ", to_seconds(Clock::now() - start)});
}

std::string Proxy::explain(const Outcome& outcome) const {
  switch (outcome.ending) {
    case Ending::Complete:
      return "complete";
    case Ending::Idle:
      return "idle for " + to_string(options_.idle_timeout);
    case Ending::Overtime:
      return "open for " + to_string(options_.total_timeout);
    case Ending::CutOff:
      return "cut off";
    case Ending::Unshaken:
    case Ending::Unreachable:
    case Ending::Broken:
      break;
  }
  return outcome.cause;
}

void Proxy::tell_of_exception(const mtcp::SocketAddr& peer, const std::exception_ptr& error) const {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {  // out of memory
    log_.say({peer.to_string(), ": ", exception.what()});
  }
}

void Proxy::tell_of_drain() const {
  const auto open = server_->report().running;
  log_.say(
      {"stopping: ", count_of(open, "connection"), " open; grace: ", to_string(options_.grace)});
}

}  // namespace

void run(const Options& options) {
  Proxy(options).run();
}

}  // namespace proxy
