#include "connect.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "sys/error.hpp"
#include "sys/socket_options.hpp"

namespace mtcp::detail {

namespace {

/// RFC 8305, section 5: the recommended Connection Attempt Delay.
constexpr std::chrono::milliseconds attempt_delay{250};

/// A socket that has begun to connect.
class Attempt {
 public:
  static sys::Expected<Attempt> start(const SocketAddr& address) {
    // Linux now and then finds no local address while ports are being freed: that passes.
    for (int tries = 1;; ++tries) {
      auto started = start_once(address);
      if (started || tries == 3 || started.error() != std::errc::address_not_available)
        return started;
    }
  }

  sys::Attempt<Established> finish() {
    const auto peer = sys::finish_connect(socket_.handle());
    if (!peer) return std::unexpected(peer.error());
    if (!*peer) return std::nullopt;
    const auto local = sys::local_addr(socket_.handle());
    if (!local) return std::unexpected(local.error());
    if (*local == **peer) {  // a free port of the ephemeral range, which it had been given itself
      sys::set_linger(socket_.handle(), std::chrono::seconds(0));  // frees it for a listener
      return std::unexpected(sys::make_error(std::errc::connection_refused));
    }
    return Established{std::move(socket_), **peer};
  }

  NativeHandle handle() const noexcept { return socket_.handle(); }

 private:
  explicit Attempt(sys::Socket socket) noexcept : socket_(std::move(socket)) {}

  static sys::Expected<Attempt> start_once(const SocketAddr& address) {
    auto socket = sys::open(address);
    if (!socket) return std::unexpected(socket.error());
    if (auto error = sys::set_nodelay(socket->handle(), true)) return std::unexpected(error);
    if (auto error = sys::start_connect(socket->handle(), address)) return std::unexpected(error);
    return Attempt(std::move(*socket));
  }

  sys::Socket socket_;
};

/// Attempts that run at the same time: a new one begins when the newest has been quiet for a while,
/// and at once when one fails.
class Race {
 public:
  Race(std::vector<SocketAddr> addresses, Attempts& failures)
      : addresses_(std::move(addresses)), failures_(failures) {
    running_.reserve(sys::max_interests);
    interests_.reserve(sys::max_interests);
  }

  const Watch& watch() const noexcept { return watch_; }

  sys::Attempt<Established> step() {
    for (;;) {
      if (auto winner = finish_one()) return std::move(*winner);
      if (!may_start()) break;
      start_next();
    }
    if (running_.empty()) return std::unexpected(failures_.first_error());
    look_at_running();
    return std::nullopt;
  }

  /// Those that had not failed when the operation ended, failed by its end.
  void give_up(std::error_code error) noexcept {
    for (const Runner& runner : running_) note(runner.place, error);
  }

 private:
  struct Runner {
    std::size_t place;  // of its address
    Attempt attempt;
  };

  std::optional<Established> finish_one() {
    for (std::size_t i = 0; i < running_.size();) {
      auto finished = running_[i].attempt.finish();
      if (finished && *finished) return std::move(**finished);
      if (finished) {
        ++i;
        continue;
      }
      note(running_[i].place, finished.error());
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      next_start_ = std::chrono::steady_clock::time_point::min();
    }
    return std::nullopt;
  }

  bool may_start() const noexcept {
    return next_ < addresses_.size() && running_.size() < sys::max_interests &&
           next_start_.expired();
  }

  void start_next() {
    const std::size_t place = next_++;
    auto attempt = Attempt::start(addresses_[place]);
    if (!attempt) return note(place, attempt.error());
    running_.push_back({place, std::move(*attempt)});
    next_start_ = attempt_delay;
  }

  void look_at_running() {
    interests_.clear();
    for (const Runner& runner : running_)
      interests_.push_back({runner.attempt.handle(), sys::Direction::Write});
    const bool more = next_ < addresses_.size() && running_.size() < sys::max_interests;
    watch_ = {interests_, more ? next_start_ : Deadline::never()};
  }

  void note(std::size_t place, std::error_code error) noexcept {
    failures_.note(place, addresses_[place], error);
  }

  std::vector<SocketAddr> addresses_;
  std::size_t next_ = 0;
  Deadline next_start_ = std::chrono::steady_clock::time_point::min();
  std::vector<Runner> running_;
  std::vector<sys::Interest> interests_;
  Watch watch_;
  Attempts& failures_;
};

/// Alternates between the families, beginning with that of the first. RFC 8305, section 4.
void interleave(std::vector<SocketAddr>& addresses) {
  const bool first_is_v6 = addresses.front().is_v6();
  std::vector<SocketAddr> other;
  std::erase_if(addresses, [&](const SocketAddr& address) {
    if (address.is_v6() == first_is_v6) return false;
    other.push_back(address);
    return true;
  });
  for (std::size_t i = 0; i < other.size(); ++i) {
    const std::size_t at = std::min(2 * i + 1, addresses.size());
    addresses.insert(addresses.begin() + static_cast<std::ptrdiff_t>(at), other[i]);
  }
}

}  // namespace

Outcome<Established> connect(Operation& operation, const SocketAddr& address) {
  if (operation.cancelled()) return stop(TcpError::Kind::Cancelled);
  auto attempt = Attempt::start(address);
  if (!attempt) return stop(attempt.error());
  return operation.run(attempt->handle(), sys::Direction::Write, [&] { return attempt->finish(); });
}

Outcome<Established> connect_to_first(Operation& operation, std::vector<SocketAddr> addresses,
                                      Attempts& attempts) {
  interleave(addresses);
  Race race(std::move(addresses), attempts);
  auto established = operation.run(race.watch(), [&] { return race.step(); });
  if (!established) race.give_up(established.error().as_code());
  return established;
}

}  // namespace mtcp::detail
