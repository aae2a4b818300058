#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <system_error>
#include <type_traits>

#include <mtcp/native_handle.hpp>
#include <mtcp/shutdown.hpp>
#include <mtcp/socket_addr.hpp>

#include "sys/socket.hpp"
#include "sys/splice.hpp"
#include "wait_history.hpp"

namespace mtcp::detail {

/// What all handles of one socket must remember, since the kernel tells it once and forgets: that
/// the connection broke, that its end was reported, and which halves this side has shut down.
/// Any thread.
class SocketState {
 public:
  SocketState() noexcept = default;

  /// Before the state is shared.
  void set_peer(const SocketAddr& peer) noexcept { peer_ = peer; }
  const std::optional<SocketAddr>& peer() const noexcept { return peer_; }

  /// Called before the system is told, so that no thread that wakes by it can miss it.
  void shut(Shutdown how) noexcept;

  /// One receive, with what is remembered taken into account.
  sys::Attempt<std::size_t> receive(NativeHandle handle, std::span<std::byte> buffer,
                                    sys::Receive how) noexcept {
    return receive_by(handle, [&] { return sys::receive(handle, buffer, how); });
  }
  sys::Attempt<std::size_t> receive(NativeHandle handle, sys::Splice& splice) noexcept;
  /// One send; a connection found broken is remembered.
  sys::Attempt<std::size_t> send(NativeHandle handle, std::span<const ConstBytes> pieces,
                                 std::size_t skip) noexcept {
    return ask(handle, writers_, [&] { return sys::send(handle, pieces, skip); });
  }
  sys::Attempt<std::size_t> send(NativeHandle handle, sys::Splice& splice) noexcept;

  /// Takes the socket's error; one that broke the connection is remembered.
  sys::Expected<std::error_code> take_error(NativeHandle handle) noexcept;

  /// What reads have had to wait for. Writes wait for room, which is no answer.
  WaitHistory& read_history() noexcept { return reads_; }

 private:
  enum Flag : unsigned { Ended = 1, ReadShut = 2, WriteShut = 4 };

  /// How many threads are between asking the system and noting what it said.
  using Asking = std::atomic<unsigned>;

  template <class Call>
  std::invoke_result_t<Call> ask(NativeHandle handle, Asking& asking, Call call) noexcept {
    asking.fetch_add(1);
    auto answer = call();
    if (!answer) [[unlikely]]
      note(handle, answer.error());
    asking.fetch_sub(1);
    return answer;
  }

  template <class Call>
  sys::Attempt<std::size_t> receive_by(NativeHandle handle, Call call) noexcept {
    const unsigned flags = flags_.load();
    return flags & (Ended | ReadShut) ? receive_no_more(handle, flags) : receive_more(handle, call);
  }

  template <class Call>
  sys::Attempt<std::size_t> receive_more(NativeHandle handle, Call call) noexcept {
    auto received = ask(handle, readers_, call);
    if (!received) [[unlikely]]
      received = std::unexpected(told_by_reads(received.error()));
    else if (*received && **received == 0)
      received = end(handle);
    return received;
  }

  void note(NativeHandle handle, std::error_code error) noexcept;
  std::error_code broken() const noexcept;
  std::error_code told_by_reads(std::error_code error) const noexcept;
  sys::Attempt<std::size_t> receive_no_more(NativeHandle handle, unsigned flags) noexcept;
  sys::Attempt<std::size_t> end(NativeHandle handle) noexcept;
  void let_others_note() const noexcept;

  Asking readers_{0};
  WaitHistory reads_;
  [[maybe_unused]] std::array<std::byte, 64>
      apart_;  // threads that read and that write share no line
  Asking writers_{0};
  std::optional<SocketAddr> peer_;
  std::atomic<unsigned> flags_{0};
  std::atomic<int> broken_{0};  // the system's code; 0: it is not
};

}  // namespace mtcp::detail
