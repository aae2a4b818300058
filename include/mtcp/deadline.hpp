#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace mtcp {

namespace detail {

/// Any duration in whole nanoseconds: rounded up so that nothing ends early, saturating at both
/// ends, NaN as zero. Exact for integers of the standard's units.
template <class R, class P>
constexpr std::chrono::nanoseconds to_nanoseconds(std::chrono::duration<R, P> d) noexcept {
  using std::chrono::nanoseconds;
  constexpr std::int64_t per_second = 1'000'000'000;
  constexpr long double edge = 9.2e18L;  // a little below 2^63, exact in every long double
  const R count = d.count();
  const long double wide = static_cast<long double>(count) * P::num / P::den * per_second;
  if (wide != wide) return nanoseconds::zero();
  if (wide >= edge) return nanoseconds::max();
  if (wide <= -edge) return nanoseconds::min();
  if constexpr (std::is_integral_v<R> && per_second % P::den == 0) {
    constexpr std::int64_t multiple = per_second / P::den;
    if constexpr (P::num <= std::numeric_limits<std::int64_t>::max() / multiple)
      return nanoseconds(static_cast<std::int64_t>(count) * (P::num * multiple));
  }
  const auto whole = static_cast<std::int64_t>(wide);
  return nanoseconds(static_cast<long double>(whole) < wide ? whole + 1 : whole);
}

constexpr std::chrono::steady_clock::time_point saturating_add(
    std::chrono::steady_clock::time_point start, std::chrono::nanoseconds d) noexcept {
  using Point = std::chrono::steady_clock::time_point;
  const auto since = start.time_since_epoch();
  if (d.count() > 0 && since > Point::duration::max() - d) return Point::max();
  if (d.count() < 0 && since < Point::duration::min() - d) return Point::min();
  return start + d;
}

}  // namespace detail

/// A point on the steady clock until which an operation may wait, or never.
///
/// One Deadline passed to several calls bounds them together; a duration passed directly bounds
/// that one call. The wall clock has no influence. A deadline that has passed means: try once,
/// take what is ready, do not wait.
///
/// Threads: as any value type. Signal handlers: all members are safe there. Nothing can fail.
///
/// Source: clock_gettime(2), CLOCK_MONOTONIC.
class Deadline {
 public:
  /// Never.
  constexpr Deadline() noexcept = default;

  /// `d` from now. Any unit, any size: it saturates (hours::max() and an infinite floating-point
  /// duration are never), NaN counts as zero, zero and less have passed already. Fractions of a
  /// nanosecond are rounded up.
  template <class R, class P>
  Deadline(std::chrono::duration<R, P> d) noexcept
      : when_(detail::saturating_add(std::chrono::steady_clock::now(), detail::to_nanoseconds(d))) {
  }

  /// At `t`. The clock's last time point is the same as never.
  constexpr Deadline(std::chrono::steady_clock::time_point t) noexcept : when_(t) {}

  /// Says never, also where leaving the deadline out would mean a default.
  static constexpr Deadline never() noexcept { return Deadline(); }

  /// Whether it will never pass.
  constexpr bool is_never() const noexcept { return when_ == TimePoint::max(); }

  /// Whether it has passed.
  bool expired() const noexcept { return !is_never() && std::chrono::steady_clock::now() >= when_; }

  /// The time left: zero when it has passed, nanoseconds::max() when it is never.
  std::chrono::nanoseconds remaining() const noexcept {
    if (is_never()) return std::chrono::nanoseconds::max();
    const auto now = std::chrono::steady_clock::now();
    if (when_ <= now) return std::chrono::nanoseconds::zero();
    return when_ - now;
  }

  /// The point itself; the clock's last time point when it is never.
  constexpr std::chrono::steady_clock::time_point when() const noexcept { return when_; }

  /// The earlier of the two orders first; never is last.
  friend constexpr auto operator<=>(const Deadline&, const Deadline&) noexcept = default;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  TimePoint when_ = TimePoint::max();
};

}  // namespace mtcp
