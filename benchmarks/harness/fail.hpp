#pragma once

#include <exception>
#include <string_view>

namespace bench {

/// Answers `failed TEXT` and ends the program: the other threads may wait for ever for the one that
/// failed, so nothing can go on. Callable from any thread; the first one wins.
[[noreturn]] void fail(std::string_view text) noexcept;

/// For what runs beside other threads: an exception must not pass, since unwinding would wait for
/// them.
template <class Body>
void run_or_fail(Body&& body) noexcept {
  try {
    body();
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

}  // namespace bench
