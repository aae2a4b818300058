#pragma once

#include <chrono>
#include <functional>

namespace mtcp::test {

/// What an operation took. Lower bounds are exact; upper bounds adapt to the machine.
std::chrono::nanoseconds elapsed(const std::function<void()>& operation);

/// Passes when `operation`, which is to end after `timeout`, never ended early and, in one of
/// several tries, ended at most a little late: a twentieth, and at first 20 ms. After a late try
/// the allowance grows by a quarter of what was seen; only a machine that cannot hold five seconds
/// fails.
void expect_ends_after(std::chrono::nanoseconds timeout, const std::function<void()>& operation);

/// Passes when `operation` takes less than 100 ms in one of several tries, with the same patience.
void expect_prompt(const std::function<void()>& operation);

/// Processor time that this process uses while `operation` runs.
std::chrono::nanoseconds processor_time(const std::function<void()>& operation);

}  // namespace mtcp::test
