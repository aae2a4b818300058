#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <system_error>
#include <vector>

#include <mtcp/tcp_stream.hpp>

#include "socket_state.hpp"
#include "sys/socket.hpp"

namespace mtcp::detail {

/// The TCP connection below TLS, with the encrypted bytes that the kernel has not taken yet. For
/// TLS there is always room: what it has encrypted cannot be taken back.
///
/// All but mutex(), handle() and state() under the mutex, which nobody holds while waiting. It
/// guards what stands above the wire, too.
class Wire {
 public:
  explicit Wire(TcpStream stream);

  std::mutex& mutex() noexcept { return mutex_; }
  TcpStream& stream() noexcept { return stream_; }
  NativeHandle handle() const noexcept { return stream_.native_handle(); }
  SocketState& state() const noexcept { return *state_; }

  sys::Attempt<std::size_t> receive(std::span<std::byte> buffer) noexcept;

  /// Takes all of `bytes`, whatever becomes of them; false if there is no memory.
  bool put(std::span<const std::byte> bytes) noexcept;
  /// Done when nothing is pending. An error that is not transient() holds for ever, and what was
  /// pending is gone.
  sys::Attempt<sys::Done> flush() noexcept;
  std::size_t pending() const noexcept { return unsent_.size() - sent_; }
  /// Why nothing can be sent any more.
  std::error_code broken() const noexcept { return broken_; }

  /// Nobody has the stream any more.
  void abandon() noexcept { abandoned_ = true; }

  /// Nothing is sent any more.
  void drop() noexcept;

  /// Ends sending after all that is pending.
  void end() noexcept;

  /// Whether the same bytes can be sent later.
  static bool transient(std::error_code error) noexcept;

 private:
  friend class Senders;

  void finish() noexcept;

  std::mutex mutex_;
  TcpStream stream_;
  std::shared_ptr<SocketState> state_;
  std::vector<std::byte> unsent_;
  std::size_t sent_ = 0;  // of unsent_
  std::error_code broken_;
  bool ending_ = false;

  // What the Senders know of it.
  bool queued_ = false;
  bool abandoned_ = false;
  unsigned idle_moments_ = 0;
  std::shared_ptr<Wire> after_;  // the next in the queue, under theirs
};

}  // namespace mtcp::detail
