#include "conformance/conformance.hpp"
#include "support/posix/child_process.hpp"

// Law 9: what a forked child does disturbs nobody.

namespace mtcp::test {

TEST_P(Conformance, AChildProcessThatDestroysItsCopyDoesNotDisturb) {  // law 9
  if (skip_without(Extra::Move)) return;
  give(stream(), "before");
  expect_success_in_child([&] {
    conversation().manager().canceller().cancel();
    stream().move_away();
    return 0;
  });
  EXPECT_FALSE(conversation().manager().cancelled());
  EXPECT_EQ(take(peer(), 6), "before");
  expect_alive();
  expect_peer_gets(0);
}

}  // namespace mtcp::test
