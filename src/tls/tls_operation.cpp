#include "tls/tls_operation.hpp"

#include <array>
#include <optional>
#include <utility>

#include "socket_calls.hpp"
#include "socket_state.hpp"

namespace mtcp::detail {

namespace {

/// What a thread waits for: at most two things.
class Interests {
 public:
  void clear() noexcept { count_ = 0; }
  void add(const sys::Interest& interest) noexcept { interests_[count_++] = interest; }
  std::span<const sys::Interest> all() const noexcept {
    return std::span(interests_).first(count_);
  }

 private:
  std::array<sys::Interest, 2> interests_{};
  std::size_t count_ = 0;
};

/// One thread that reads, as long as it does. All but its end with the lock.
class Reader {
 public:
  explicit Reader(TlsConnection& connection) noexcept : connection_(connection) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (!involved_) return;
    const auto lock = connection_.lock();
    leave();
  }

  sys::Attempt<std::size_t> receive(std::span<std::byte> buffer, sys::Receive how) noexcept {
    Turns& turns = connection_.turns();
    if (!turns.take(this)) return wait_for_turn();
    if (std::exchange(waiting_, false)) turns.end_waiting_for_turn();
    auto received = connection_.receive(buffer, how);
    involved_ = received && !*received;
    if (!involved_) turns.give_back(this);
    interest_ = {connection_.handle(), sys::Direction::Read};
    return received;
  }

  /// What is to be waited for when nothing was received.
  const sys::Interest& interest() const noexcept { return interest_; }

  /// Leaves it to others.
  void leave() noexcept {
    if (std::exchange(waiting_, false)) connection_.turns().end_waiting_for_turn();
    connection_.turns().give_back(this);
    involved_ = false;
  }

 private:
  sys::Attempt<std::size_t> wait_for_turn() noexcept {
    if (waiting_) return std::nullopt;
    const auto turn = connection_.turns().begin_to_wait_for_turn();
    if (!turn) return std::unexpected(turn.error());
    involved_ = waiting_ = true;
    interest_ = *turn;
    return std::nullopt;
  }

  TlsConnection& connection_;
  sys::Interest interest_{};
  bool involved_ = false;  // in the turns
  bool waiting_ = false;   // for the turn
};

/// One thread that writes a record, until the kernel has it.
class Writer {
 public:
  Writer(TlsConnection& connection, Watch& watch) noexcept
      : connection_(connection), watch_(watch), reader_(connection) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (!waiting_) return;
    const auto lock = connection_.lock();
    leave_message();
    connection_.turns().end_waiting_for_room();
    connection_.leave();
  }

  sys::Attempt<std::size_t> send(std::span<const ConstBytes> pieces, std::size_t skip) noexcept {
    const auto lock = connection_.lock();
    if (encrypted_ == 0) {
      const auto ready = get_ready();
      if (!ready) return std::unexpected(ready.error());
      if (!*ready) return std::nullopt;
      const auto count = connection_.encrypt(pieces, skip);
      if (!count) return std::unexpected(count.error());
      encrypted_ = *count;
    }
    const auto flushed = connection_.wire().flush();
    if (!flushed && !Wire::transient(flushed.error())) return std::unexpected(flushed.error());
    if (!flushed || *flushed || connection_.write_shut()) {
      connection_.leave();
      return encrypted_;
    }
    wait_for(room());
    return std::nullopt;
  }

  /// What cannot be taken back, however the wait for the kernel ended.
  std::size_t taken() const noexcept {
    const auto lock = connection_.lock();
    return connection_.wire().broken() ? 0 : encrypted_;
  }

 private:
  sys::Interest room() const noexcept { return {connection_.handle(), sys::Direction::Write}; }

  sys::Attempt<sys::Done> get_ready() noexcept {
    if (const auto error = connection_.write_error()) return std::unexpected(error);
    auto ready = connection_.wire().flush();
    if (ready && *ready) return read_message();
    leave_message();
    if (ready) wait_for(room());
    return ready;
  }

  /// The peer's message, in the middle of which OpenSSL encrypts nothing.
  sys::Attempt<sys::Done> read_message() noexcept {
    std::array<std::byte, 1> next;
    if (connection_.in_message()) {
      const auto received = reader_.receive(next, sys::Receive::Peek);
      if (!received) return std::unexpected(received.error());
    }
    if (!connection_.in_message()) {
      leave_message();
      return sys::Done{};
    }
    if (!std::exchange(in_message_, true)) connection_.turns().begin_to_wait_for_message();
    wait_for(reader_.interest());
    return std::nullopt;
  }

  void leave_message() noexcept {
    if (std::exchange(in_message_, false)) connection_.turns().end_waiting_for_message();
    reader_.leave();
  }

  void wait_for(const sys::Interest& interest) noexcept {
    if (!std::exchange(waiting_, true)) shut_ = connection_.turns().begin_to_wait_for_room();
    interests_.clear();
    interests_.add(interest);
    if (shut_ && shut_->handle != interest.handle) interests_.add(*shut_);
    watch_.interests = interests_.all();
  }

  TlsConnection& connection_;
  Watch& watch_;
  Reader reader_;
  Interests interests_;
  std::optional<sys::Interest> shut_;
  std::size_t encrypted_ = 0;
  bool in_message_ = false;  // waits for its end
  bool waiting_ = false;
};

}  // namespace

Outcome<sys::Done> TlsOperation::shake() noexcept {
  Interests interests;
  Watch watch;
  return operation().run(watch, [&] {
    const auto lock = connection_.lock();
    auto shaken = connection_.shake();
    operation().expiry().moved(connection_.take_progress());
    interests.clear();
    if (!connection_.is_established()) interests.add({connection_.handle(), sys::Direction::Read});
    if (connection_.wire().pending() != 0)
      interests.add({connection_.handle(), sys::Direction::Write});
    watch.interests = interests.all();
    return shaken;
  });
}

Outcome<void> TlsOperation::close() noexcept {
  std::array<std::byte, 4096> unwanted;
  for (;;) {
    const auto count = receive_some(unwanted, sys::Receive::Take);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    operation().expiry().moved(*count);
    if (operation().expiry().over()) return stop(TcpError::Kind::TimedOut);
  }
  const auto flushed = operation().run(connection_.handle(), sys::Direction::Write, [&] {
    const auto lock = connection_.lock();
    return connection_.wire().flush();
  });
  if (!flushed) return std::unexpected(flushed.error());
  return {};
}

Outcome<std::size_t> TlsOperation::receive_some(std::span<std::byte> buffer,
                                                sys::Receive how) noexcept {
  Watch watch;
  if (operation().spins()) watch.history = &connection_.wire().state().read_history();
  Reader reader(connection_);
  return operation().run(watch, [&] {
    const auto lock = connection_.lock();
    auto received = reader.receive(buffer, how);
    watch.interests = {&reader.interest(), 1};
    return received;
  });
}

Outcome<std::size_t> TlsOperation::send_some(std::span<const ConstBytes> pieces,
                                             std::size_t skip) noexcept {
  Watch watch;
  Writer writer(connection_, watch);
  auto sent = operation().run(watch, [&] { return writer.send(pieces, skip); });
  if (sent) return sent;
  const std::size_t taken = writer.taken();
  if (taken == 0) return sent;
  operation().expiry().end();  // what cannot be taken back is no progress
  return taken;
}

std::size_t TlsOperation::receivable() noexcept {
  const auto lock = connection_.lock();
  return connection_.at_most();
}

std::unexpected<TcpError> TlsOperation::failure(const Stop& stop) const noexcept {
  const auto lock = connection_.lock();
  return std::unexpected(Internals::with_detail(
      stop.error(name(), peer_subject(connection_.wire().state()), transferred()),
      connection_.failure(stop.code).detail));
}

}  // namespace mtcp::detail
