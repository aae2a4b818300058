#include "tls/tls_operation.hpp"

#include <array>

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

/// One thread that reads, as long as it does.
class Reader {
 public:
  Reader(TlsConnection& connection, Watch& watch) noexcept
      : connection_(connection), watch_(watch) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (!involved_) return;
    const auto lock = connection_.lock();
    if (waiting_) connection_.turns().end_waiting_for_turn();
    connection_.turns().give_back(this);
  }

  sys::Attempt<std::size_t> receive(std::span<std::byte> buffer, sys::Receive how) noexcept {
    const auto lock = connection_.lock();
    Turns& turns = connection_.turns();
    if (!turns.take(this)) return wait_for_turn();
    if (std::exchange(waiting_, false)) turns.end_waiting_for_turn();
    auto received = connection_.receive(buffer, how);
    involved_ = received && !*received;
    if (!involved_) turns.give_back(this);
    interests_.clear();
    interests_.add({connection_.handle(), sys::Direction::Read});
    watch_.interests = interests_.all();
    return received;
  }

 private:
  sys::Attempt<std::size_t> wait_for_turn() noexcept {
    if (waiting_) return std::nullopt;
    const auto turn = connection_.turns().begin_to_wait_for_turn();
    if (!turn) return std::unexpected(turn.error());
    involved_ = waiting_ = true;
    interests_.clear();
    interests_.add(*turn);
    watch_.interests = interests_.all();
    return std::nullopt;
  }

  TlsConnection& connection_;
  Watch& watch_;
  Interests interests_;
  bool involved_ = false;  // in the turns
  bool waiting_ = false;   // for the turn
};

/// One thread that writes a record, until the kernel has it.
class Writer {
 public:
  Writer(TlsConnection& connection, Watch& watch) noexcept
      : connection_(connection), watch_(watch) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    if (!waiting_) return;
    const auto lock = connection_.lock();
    connection_.turns().end_waiting_for_room();
    connection_.leave();
  }

  sys::Attempt<std::size_t> send(std::span<const ConstBytes> pieces, std::size_t skip) noexcept {
    const auto lock = connection_.lock();
    if (encrypted_ == 0) {
      const auto ready = make_room();
      if (!ready) return std::unexpected(ready.error());
      if (!*ready) return wait_for_room();
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
    return wait_for_room();
  }

  /// What cannot be taken back, however the wait for the kernel ended.
  std::size_t encrypted() const noexcept { return encrypted_; }

 private:
  sys::Attempt<sys::Done> make_room() noexcept {
    if (const auto error = connection_.write_error()) return std::unexpected(error);
    return connection_.wire().flush();
  }

  sys::Attempt<std::size_t> wait_for_room() noexcept {
    if (std::exchange(waiting_, true)) return std::nullopt;
    interests_.add({connection_.handle(), sys::Direction::Write});
    if (const auto shut = connection_.turns().begin_to_wait_for_room()) interests_.add(*shut);
    watch_.interests = interests_.all();
    return std::nullopt;
  }

  TlsConnection& connection_;
  Watch& watch_;
  Interests interests_;
  std::size_t encrypted_ = 0;
  bool waiting_ = false;
};

}  // namespace

Outcome<sys::Done> TlsOperation::shake() noexcept {
  Interests interests;
  Watch watch;
  return operation().run(watch, [&] {
    const auto lock = connection_.lock();
    auto shaken = connection_.shake();
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
  Reader reader(connection_, watch);
  return operation().run(watch, [&] { return reader.receive(buffer, how); });
}

Outcome<std::size_t> TlsOperation::send_some(std::span<const ConstBytes> pieces,
                                             std::size_t skip) noexcept {
  Watch watch;
  Writer writer(connection_, watch);
  auto sent = operation().run(watch, [&] { return writer.send(pieces, skip); });
  const bool broken = !sent && sent.error().kind == TcpError::Kind::Failed;
  if (!sent && !broken && writer.encrypted() != 0) return writer.encrypted();
  return sent;
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
