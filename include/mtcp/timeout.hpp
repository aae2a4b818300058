#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include <mtcp/deadline.hpp>

namespace mtcp {

namespace detail {
struct Internals;
}

/// How long a stream's operation may take. Made implicitly from what you have:
///
/// - a duration (`5s`): this one call as a whole, however its bytes trickle; it starts when the
///   operation starts, so a constant can be reused;
/// - a Deadline or a steady-clock time point: fixed when it was made, shared by all calls that get
///   it; `Deadline::never()` says never whatever the default is;
/// - idle(d): starts anew whenever at least one byte has moved;
/// - at_least(bytes, d): starts anew whenever that many bytes have moved;
/// - idle(d).within(total), at_least(bytes, d).within(total): both at once;
/// - `{}`, or nothing: the stream's default timeout.
///
/// Ranges as for Deadline: any unit and size; zero, negative or past means to try once without
/// waiting. Composite calls (read_exact, read_all, read_to_end, write_all) take what is ready at
/// the moment they see it passed, and no more.
///
/// Threads: as any value type. Signal handlers: safe. Nothing can fail.
class Timeout {
 public:
  /// Stands for the stream's default timeout.
  constexpr Timeout() noexcept = default;

  /// The whole call within `total`, counted from its start.
  template <class R, class P>
  constexpr Timeout(std::chrono::duration<R, P> total) noexcept
      : set_(true), total_(detail::to_nanoseconds(total)) {}

  /// Until `deadline`.
  constexpr Timeout(Deadline deadline) noexcept : set_(true), deadline_(deadline) {}

  /// Until `t`.
  constexpr Timeout(std::chrono::steady_clock::time_point t) noexcept : Timeout(Deadline(t)) {}

  /// These limits, and the whole call within `total`, counted from its start.
  template <class R, class P>
  constexpr Timeout within(std::chrono::duration<R, P> total) const noexcept {
    Timeout both = *this;
    both.set_ = true;
    const auto bound = detail::to_nanoseconds(total);
    if (!both.total_ || bound < *both.total_) both.total_ = bound;
    return both;
  }

  /// These limits, and the whole call until `deadline`.
  constexpr Timeout within(Deadline deadline) const noexcept {
    Timeout both = *this;
    both.set_ = true;
    if (deadline < both.deadline_) both.deadline_ = deadline;
    return both;
  }

  /// Whether it stands for the stream's default, being `{}`.
  constexpr bool is_default() const noexcept { return !set_; }

  /// Equal when made of the same limits.
  friend constexpr bool operator==(const Timeout&, const Timeout&) noexcept = default;

  /// See below.
  template <class R, class P>
  friend constexpr Timeout idle(std::chrono::duration<R, P> d) noexcept;
  /// See below.
  template <class R, class P>
  friend constexpr Timeout at_least(std::size_t bytes, std::chrono::duration<R, P> d) noexcept;

 private:
  friend struct detail::Internals;

  /// At least so many bytes in each such time.
  struct Pace {
    std::size_t bytes;
    std::chrono::nanoseconds time;

    friend constexpr bool operator==(const Pace&, const Pace&) noexcept = default;
  };

  bool set_ = false;
  std::optional<std::chrono::nanoseconds> total_;
  std::optional<Pace> pace_;
  Deadline deadline_;
};

/// A minimum rate: at least `bytes` in `d`, counted anew from whenever that many have moved (0
/// counts as 1). Throws out a peer that always moves a byte in time, but no more than that (a
/// slow-loris). Meant for calls that move many bytes: read_exact, read_all, read_to_end,
/// write_all and TcpReader's; read, peek and write end with the first byte.
/// Ranges as for Timeout. Any thread; nothing can fail.
template <class R, class P>
constexpr Timeout at_least(std::size_t bytes, std::chrono::duration<R, P> d) noexcept {
  Timeout timeout;
  timeout.set_ = true;
  timeout.pace_ = {bytes, detail::to_nanoseconds(d)};
  return timeout;
}

/// At most `d` from one moved byte (or the start) to the next: it starts anew with every byte.
/// Bounds silence, not length; add `.within(total)` against a peer that trickles for ever.
/// Ranges as for Timeout. Any thread; nothing can fail.
template <class R, class P>
constexpr Timeout idle(std::chrono::duration<R, P> d) noexcept {
  return at_least(1, d);
}

}  // namespace mtcp
