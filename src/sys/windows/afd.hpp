#pragma once

#include <array>

#include "sys/socket.hpp"
#include "sys/waiter.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

class WaitSpot;

/// A new handle of the driver below all sockets; null with the system's last error.
HANDLE open_afd() noexcept;

/// A question to the driver: which of these sockets are ready? It is what select() asks, too, but
/// answered by an event: as often as one likes at the same time, by any threads, for any handles of
/// a socket; level-triggered; changing nothing about the sockets; and it can be taken back.
class AfdPoll {
 public:
  explicit AfdPoll(WaitSpot& spot) noexcept : spot_(spot) {}
  AfdPoll(const AfdPoll&) = delete;
  AfdPoll& operator=(const AfdPoll&) = delete;
  /// Takes the question back, if there was no answer yet.
  ~AfdPoll();

  void add(const Interest& interest) noexcept;
  bool empty() const noexcept { return question_.count == 0; }

  enum class Patience { None, Endless };
  /// Asks; sets the spot's answered() when at least one of the sockets is ready, or at once.
  std::error_code ask(Patience patience) noexcept;
  bool is_asked() const noexcept { return asked_; }

  /// Why there is no answer, once answered() is set.
  std::error_code error() noexcept;

  /// What was found for the first of the sockets that are ready.
  bool nothing() const noexcept { return question_.count == 0; }
  bool is_aborted() const noexcept;
  std::error_code connect_error() const noexcept;

 private:
  /// As the driver lays it out.
  struct Socket {
    HANDLE handle;
    ULONG events;
    LONG status;
  };
  struct Question {
    LARGE_INTEGER time;
    ULONG count;
    ULONG exclusive;
    std::array<Socket, max_interests> sockets;
  };

  void take_answer() noexcept;

  WaitSpot& spot_;
  Question question_{};
  OVERLAPPED overlapped_{};
  bool asked_ = false;
  bool pending_ = false;
};

}  // namespace mtcp::sys
