#pragma once

#include <chrono>
#include <ctime>

namespace bench {

/// What a span of a workload cost, in seconds.
struct Cost {
  double seconds;
  double cpu;
};

/// Real time, and the processor time of the whole process, user and system.
struct Clocks {
  std::chrono::nanoseconds real{};
  std::chrono::nanoseconds processor{};

  static Clocks now() noexcept { return {read(CLOCK_MONOTONIC), read(CLOCK_PROCESS_CPUTIME_ID)}; }

  friend Cost operator-(const Clocks& end, const Clocks& begin) noexcept {
    using Seconds = std::chrono::duration<double>;
    return {Seconds(end.real - begin.real).count(),
            Seconds(end.processor - begin.processor).count()};
  }

 private:
  static std::chrono::nanoseconds read(clockid_t clock) noexcept {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
};

}  // namespace bench
