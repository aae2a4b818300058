#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/fake_resolver.hpp"
#include "support/look_ups.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/child_process.hpp"
#include "support/sanitizers.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(Resolve, DoesNotKeepTheProcessFromEnding) {
  if (has_thread_sanitizer) GTEST_SKIP() << "it does not allow threads after a fork";
  const Ending ending = run_in_child([] {
    FakeResolver names;
    names.answer("silent.test", {SocketAddr::loopback_v4()});
    abandon(names, "silent.test");
    std::exit(::testing::Test::HasFailure() ? 1 : 7);
    return 0;
  });
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 7);
}

TEST(Resolve, WorksInAChildThatIsForkedWhileLookUpsAreUnderWay) {
  if (has_thread_sanitizer) GTEST_SKIP() << "it does not allow threads after a fork";
  FakeResolver names;
  names.answer("next.test", {SocketAddr::loopback_v4()});
  const FullHouse full(names);
  const auto manager = make_manager();
  std::jthread waiting([&] { EXPECT_TRUE(resolve(manager, "next.test", 80, 60s)); });
  wait_until_parked(manager);
  expect_success_in_child([&] {
    const auto found = resolve(make_manager(), "next.test", 80, 30s);
    return found && names.asked("next.test") == 1 ? 0 : 1;
  });
  EXPECT_EQ(names.asked("next.test"), 0U);
  names.let_go("full.test");
}

}  // namespace
}  // namespace mtcp::test
