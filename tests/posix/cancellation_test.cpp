#include "cancellation.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

using detail::Cancellation;
using detail::Ticket;

void nothing() noexcept {}

/// What a child process finds of a cancellation that was forked in the middle of something: it is
/// cancelled, and restart() gets it going.
int child_status(Cancellation& cancellation, const Ticket& before) {
  cancellation.after_fork();
  if (!cancellation.own() || !before.cancelled()) return 1;
  if (cancellation.cancel(nothing)) return 2;
  if (!cancellation.restart(nothing, std::this_thread::yield)) return 3;  // or hangs
  if (cancellation.own() || Ticket(cancellation).cancelled() || !before.cancelled()) return 4;
  return cancellation.cancel(nothing) ? 0 : 5;
}

TEST(CancellationFork, InTheMiddleOfARestart) {
  Cancellation cancellation(nullptr);
  const Ticket before(cancellation);
  cancellation.cancel(nothing);
  const auto settle = [&]() noexcept {
    expect_success_in_child([&] { return child_status(cancellation, before); });
    cancellation.cancel(nothing);
    expect_success_in_child([&] { return child_status(cancellation, before); });
  };
  cancellation.restart(settle, std::this_thread::yield);
  EXPECT_TRUE(cancellation.own()) << "the parent is not disturbed";
}

TEST(CancellationFork, InTheMiddleOfACancel) {
  Cancellation cancellation(nullptr);
  const Ticket before(cancellation);
  cancellation.cancel([&]() noexcept {
    expect_success_in_child([&] { return child_status(cancellation, before); });
  });
  EXPECT_TRUE(cancellation.own());
}

}  // namespace
}  // namespace mtcp::test
