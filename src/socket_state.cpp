#include "socket_state.hpp"

#include <chrono>

#include <mtcp/deadline.hpp>

#include "sys/error.hpp"
#include "sys/socket_options.hpp"
#include "sys/waiter.hpp"

namespace mtcp::detail {

namespace {

/// Whether the connection cannot go on after this error.
bool breaks_connection(std::error_code error) noexcept {
  for (auto fatal :
       {std::errc::connection_reset, std::errc::broken_pipe, std::errc::timed_out,
        std::errc::connection_aborted, std::errc::connection_refused, std::errc::host_unreachable,
        std::errc::network_unreachable, std::errc::network_down, std::errc::network_reset})
    if (error == fatal) return true;
  return false;
}

}  // namespace

void SocketState::shut(Shutdown how) noexcept {
  if (how != Shutdown::Write) flags_.fetch_or(ReadShut);
  if (how != Shutdown::Read) flags_.fetch_or(WriteShut);
}

void SocketState::note(NativeHandle handle, std::error_code error) noexcept {
  if (!breaks_connection(error)) return;
  if (error == std::errc::broken_pipe) {
    // Sending ends also by our own doing, be it behind our back.
    if ((flags_.load() & WriteShut) || !sys::is_closed_by_system(handle)) return;
    error = sys::make_error(std::errc::connection_reset);
  }
  int none = 0;
  broken_.compare_exchange_strong(none, error.value());
}

std::error_code SocketState::broken() const noexcept {
  const int value = broken_.load();
  return value == 0 ? std::error_code() : std::error_code(value, sys::error_category());
}

/// The kernel tells a reset to one thread and an end to the next, which may be quicker to say so.
void SocketState::let_others_note() const noexcept {
  // After a fork, a thread that was counted may be the parent's and never leave.
  const Deadline patience(std::chrono::seconds(1));
  for (unsigned round = 0; readers_.load() + writers_.load() != 0; ++round) {
    if (broken() || patience.expired()) return;
    sys::pause(round);
  }
}

sys::Attempt<std::size_t> SocketState::end(NativeHandle handle) noexcept {
  static_cast<void>(take_error(handle));  // a reset that came after the end, and is told to nobody
  if (sys::is_closed_by_system(handle)) let_others_note();  // alive, it has told no reset
  if (const auto error = broken()) return std::unexpected(error);
  flags_.fetch_or(Ended);
  return 0;
}

sys::Attempt<std::size_t> SocketState::receive_no_more(NativeHandle handle,
                                                       unsigned flags) noexcept {
  if (flags & Ended) return 0;
  return end(handle);
}

/// A reset after the peer's end is called a reset by reads.
std::error_code SocketState::told_by_reads(std::error_code error) const noexcept {
  if (error != std::errc::broken_pipe) return error;
  const auto reset = broken();
  return reset ? reset : error;
}

sys::Attempt<std::size_t> SocketState::receive(NativeHandle handle, sys::Splice& splice) noexcept {
  return receive_by(handle, [&] { return splice.fill(handle); });
}

sys::Attempt<std::size_t> SocketState::send(NativeHandle handle, sys::Splice& splice) noexcept {
  return ask(handle, writers_, [&] { return splice.drain(handle); });
}

sys::Expected<std::error_code> SocketState::take_error(NativeHandle handle) noexcept {
  return ask(handle, writers_, [&] {
    auto error = sys::take_error(handle);
    // Our own shutdown puts no error there: after the peer's end, broken_pipe is its reset.
    if (error && *error == std::errc::broken_pipe)
      note(handle, sys::make_error(std::errc::connection_reset));
    else if (error && *error)
      note(handle, *error);
    return error;
  });
}

}  // namespace mtcp::detail
