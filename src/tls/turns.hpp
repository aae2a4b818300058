#pragma once

#include <optional>

#include "sys/event.hpp"
#include "sys/socket.hpp"
#include "sys/waiter.hpp"

namespace mtcp::detail {

/// Who of several threads on one TLS connection waits for what.
///
/// What the socket has to read goes into OpenSSL as whole records, so a second reader could sleep
/// on a socket that is empty while the rest of a record is there for it. Therefore one reader at a
/// time has the turn and looks at the socket; others wait for an event, which is set when the turn
/// is free. A writer that waits for room waits for the same event, which is set for good when
/// writing has been shut down, and until no writer waits any more; and so does one that can encrypt
/// nothing before a message of the peer's is read to its end, which it or who has the turn does.
///
/// So for each who waits, one of these holds: it has the turn and waits for the socket; or somebody
/// has the turn, and sets the event when he gives it back; or the event is set. Nobody waits for an
/// event that is set and does not concern him but for the moment until the one whom it concerns has
/// run.
///
/// All under one lock of the caller's. The event is opened when it is first needed; without a
/// descriptor for it, readers beside the first fail, and writers hear of a shutdown when there is
/// room.
class Turns {
 public:
  /// Takes the turn for `reader`, if it is free or his already.
  bool take(const void* reader) noexcept;
  bool taken() const noexcept { return reader_ != nullptr; }
  void give_back(const void* reader) noexcept;

  /// Somebody is going to wait for the turn; what he has to wait for.
  sys::Expected<sys::Interest> begin_to_wait_for_turn() noexcept;
  void end_waiting_for_turn() noexcept;

  /// A writer is going to wait for room; what he has to wait for besides.
  std::optional<sys::Interest> begin_to_wait_for_room() noexcept;
  void end_waiting_for_room() noexcept;
  /// Whoever waits for room waits in vain.
  void shut_writing() noexcept;

  /// A writer is going to wait for the end of the peer's message; beside its wait for the turn.
  void begin_to_wait_for_message() noexcept;
  void end_waiting_for_message() noexcept;
  /// Whether the peer is in the middle of a message.
  void set_in_message(bool in_message) noexcept;

 private:
  sys::Expected<sys::Interest> event() noexcept;
  void update() noexcept;

  std::optional<sys::Event> event_;
  bool set_ = false;
  const void* reader_ = nullptr;
  unsigned waiting_for_turn_ = 0;
  unsigned waiting_for_room_ = 0;
  unsigned waiting_for_message_ = 0;
  bool shut_ = false;
  bool in_message_ = false;
};

}  // namespace mtcp::detail
