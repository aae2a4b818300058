#include <csignal>
#include <sys/socket.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/pair.hpp"
#include "support/posix/child_process.hpp"

// Law 5: SIGPIPE is never raised.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

volatile std::sig_atomic_t pipe_signals = 0;

/// Every way to write to a peer that is gone, and after our own half was shut down.
int write_into_the_void() {
  const auto manager = make_manager();
  for (int way = 0; way < 4; ++way) {
    auto pair = make_pair(manager);
    if (way % 2 == 0) or_raise(pair.client.shutdown(Shutdown::Write));
    if (way < 2) {
      reset(std::move(pair.server));
      await_reset(pair.client);
    }
    unsigned failures = 0;
    for (int i = 0; i < 3; ++i) {
      failures += !pair.client.write("x"sv, 1s);
      failures += !pair.client.write_all("x"sv, 1s);
      failures += !pair.client.write_all({"x"sv, "y"sv}, 1s);
    }
    EXPECT_EQ(failures, way == 3 ? 0U : 9U) << way;
  }
  return 0;
}

TEST(QuietSigpipe, KillsNobody) {  // R05, R06
  expect_success_in_child([] {
    std::signal(SIGPIPE, SIG_DFL);
    return write_into_the_void();
  });
}

TEST(QuietSigpipe, IsNotRaised) {  // R06
  expect_success_in_child([] {
    std::signal(SIGPIPE, [](int) { pipe_signals = pipe_signals + 1; });
    write_into_the_void();
    return pipe_signals == 0 ? 0 : 1;
  });
}

TEST(QuietSigpipe, WouldBeSeenByTheseTests) {
  const Ending ending = run_in_child([] {
    std::signal(SIGPIPE, SIG_DFL);
    auto pair = make_pair(make_manager());
    or_raise(pair.client.shutdown(Shutdown::Write));
    return static_cast<int>(::send(static_cast<int>(pair.client.native_handle()), "x", 1, 0));
  });
  EXPECT_EQ(ending.signal, SIGPIPE);
}

}  // namespace
}  // namespace mtcp::test
