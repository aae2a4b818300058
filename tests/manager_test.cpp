#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/system_calls.hpp"
#include "support/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

// Handles: copyable without fail, and never empty.
static_assert(std::is_nothrow_copy_constructible_v<TcpManager>);
static_assert(std::is_nothrow_copy_assignable_v<TcpManager>);
static_assert(std::is_nothrow_copy_constructible_v<TcpCanceller>);
static_assert(std::is_nothrow_copy_assignable_v<TcpCanceller>);
static_assert(!std::is_default_constructible_v<TcpManager>);
static_assert(!std::is_default_constructible_v<TcpCanceller>);
static_assert(std::is_same_v<TcpManager::Options, TcpManagerOptions>);

/// Whether an operation that starts now is cancelled.
bool is_stopped(const TcpManager& manager) {
  const auto slept = manager.sleep(0s);
  return !slept && slept.error().cancelled();
}

TEST(Manager, CostsOneWakeEvent) {
  const auto event = descriptors_of_a_wake_event();
  const auto before = open_descriptors().size();
  const auto manager = make_manager();
  EXPECT_EQ(open_descriptors().size(), before + event);
}

TEST(Manager, GivesItsDescriptorsBack) {
  const DescriptorGuard guard;
  const auto manager = make_manager();
  const auto child = or_raise(manager.child());
  std::vector<std::jthread> threads;  // many that wait at once may have opened more
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(error_of(child.sleep(60s)).cancelled()); });
  wait_until_parked(manager, 8);
  manager.canceller().cancel();
}

TEST(Manager, FailsCleanlyWhereverTheSystemFails) {
  const unsigned calls = fail_each_call(EMFILE, [] {
    if (const auto manager = TcpManager::create(); !manager) {
      EXPECT_EQ(manager.error(), std::errc::too_many_files_open);
    }
  });
  EXPECT_GE(calls, 1U);
}

TEST(Manager, SaysThatTheSpinIsNegative) {
  const DescriptorGuard guard;
  const auto error = error_of(TcpManager::create({.spin = -1ns}));
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc::invalid_argument);
  EXPECT_NE(error.message().find("spin"), std::string::npos) << error.message();
  EXPECT_TRUE(TcpManager::create({.spin = 0ns}));
  EXPECT_TRUE(TcpManager::create({.spin = std::chrono::nanoseconds::max()}));
}

// What cancelling and waiting need was reserved.
TEST(Manager, WorksWhenDescriptorsHaveRunOut) {
  const auto manager = make_manager();
  const auto child = or_raise(manager.child());
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "eventfd" ? Verdict::fail(EMFILE) : Verdict::pass();
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(error_of(child.sleep(60s)).cancelled()); });
  wait_until_parked(manager, 8);
  EXPECT_TRUE(manager.canceller().cancel());
  threads.clear();
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(child.sleep(1ms));
}

TEST(Manager, IsOneUnderAllItsHandles) {
  auto manager = make_manager();
  const auto copy = manager;
  const auto moved = std::move(manager);
  EXPECT_TRUE(copy.canceller().cancel());
  EXPECT_TRUE(moved.cancelled());
  EXPECT_TRUE(manager.cancelled()) << "a moved-from handle refers still";
  EXPECT_FALSE(moved.canceller().cancel());
  EXPECT_TRUE(moved.restart());
  EXPECT_FALSE(copy.cancelled());
  auto other = make_manager();
  other = copy;
  copy.canceller().cancel();
  EXPECT_TRUE(other.cancelled());
}

// C15
TEST(Manager, IsNotTouchedByTheCancelOfAnother) {
  const auto manager = make_manager();
  const auto other = make_manager();
  other.canceller().cancel();
  EXPECT_FALSE(manager.cancelled());
  EXPECT_TRUE(manager.sleep(1ms));
  EXPECT_FALSE(manager.restart());
  EXPECT_TRUE(other.cancelled());
}

// C17, C18
TEST(Manager, TellsWhatCancelAndRestartChanged) {
  const auto manager = make_manager();
  const auto canceller = manager.canceller();
  EXPECT_FALSE(manager.restart());
  EXPECT_FALSE(canceller.cancelled());
  EXPECT_TRUE(canceller.cancel());
  EXPECT_FALSE(canceller.cancel());
  EXPECT_TRUE(canceller.cancelled());
  EXPECT_TRUE(manager.cancelled());
  EXPECT_TRUE(is_stopped(manager));
  EXPECT_TRUE(manager.restart());
  EXPECT_FALSE(manager.restart());
  EXPECT_FALSE(manager.cancelled());
  EXPECT_FALSE(is_stopped(manager));
}

// The ancestor's defect 11: a restart right after a cancel must not swallow it.
TEST(Manager, EndsWhatWasPendingAlsoWhenARestartFollowsAtOnce) {
  const auto manager = make_manager();
  for (int i = 0; i < 50; ++i) {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread)
      threads.emplace_back([&] { EXPECT_TRUE(error_of(manager.sleep(60s)).cancelled()); });
    wait_until_parked(manager, 3);
    EXPECT_TRUE(manager.canceller().cancel());
    EXPECT_TRUE(manager.restart());
    EXPECT_EQ(parked(manager), 0U) << "restart() has waited for them";
    EXPECT_FALSE(is_stopped(manager));
  }
}

TEST(ManagerInstance, IsEachThreadsOwn) {
  const auto mine = or_raise(TcpManager::instance());
  const auto again = or_raise(TcpManager::instance());
  mine.canceller().cancel();
  EXPECT_TRUE(again.cancelled());
  std::jthread([&] {
    const auto other = or_raise(TcpManager::instance());
    EXPECT_FALSE(other.cancelled());
    other.canceller().cancel();
  }).join();
  EXPECT_TRUE(mine.restart());
}

TEST(ManagerInstance, LivesAsLongAsTheThreadOrWhatRefersToIt) {
  const DescriptorGuard guard;
  std::optional<TcpManager> kept;
  std::jthread([&] { kept = or_raise(TcpManager::instance()); }).join();
  EXPECT_TRUE(kept->sleep(1ms));
  EXPECT_TRUE(kept->canceller().cancel());
  EXPECT_TRUE(is_stopped(*kept));
  std::jthread([] { EXPECT_TRUE(TcpManager::instance()); }).join();
}

TEST(ManagerInstance, IsTriedAgainAfterAFailure) {
  std::jthread([] {
    {
      const SystemCallJudge judge([](const SystemCall&) { return Verdict::fail(EMFILE); });
      EXPECT_EQ(error_of(TcpManager::instance()), std::errc::too_many_files_open);
    }
    EXPECT_TRUE(TcpManager::instance());
  }).join();
}

TEST(ManagerChild, IsCancelledByItsOwnCancellerAndByItsAncestors) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  const auto grandchild = or_raise(child.child());
  const auto sibling = or_raise(parent.child());

  EXPECT_TRUE(child.canceller().cancel());
  EXPECT_FALSE(is_stopped(parent));
  EXPECT_TRUE(is_stopped(child));
  EXPECT_TRUE(is_stopped(grandchild));
  EXPECT_FALSE(is_stopped(sibling));
  EXPECT_TRUE(grandchild.cancelled());
  EXPECT_FALSE(grandchild.canceller().cancelled()) << "a canceller tells of its own state only";
  EXPECT_TRUE(child.restart());
  EXPECT_FALSE(is_stopped(grandchild));

  EXPECT_TRUE(parent.canceller().cancel());
  for (const auto& each : {parent, child, grandchild, sibling}) EXPECT_TRUE(is_stopped(each));
  EXPECT_FALSE(child.canceller().cancelled());
}

TEST(ManagerChild, IsRestartedApartFromItsParent) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  parent.canceller().cancel();
  EXPECT_FALSE(child.restart()) << "its own state is not set";
  EXPECT_TRUE(child.canceller().cancel()) << "and can be";
  EXPECT_TRUE(parent.restart());
  EXPECT_TRUE(is_stopped(child)) << "restarting does not reach down";
  EXPECT_FALSE(is_stopped(parent));
  EXPECT_TRUE(child.restart());
  EXPECT_FALSE(is_stopped(child));
}

TEST(ManagerChild, WaitsUntilAnyOfItsAncestorsIsCancelled) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  const auto grandchild = or_raise(child.child());
  for (const auto& canceller : {parent.canceller(), child.canceller(), grandchild.canceller()}) {
    std::jthread sleeper([&] { EXPECT_TRUE(error_of(grandchild.sleep(60s)).cancelled()); });
    wait_until_parked(parent);
    EXPECT_TRUE(canceller.cancel());
    sleeper.join();
    for (const auto& each : {parent, child, grandchild}) each.restart();
  }
}

TEST(ManagerChild, LeavesItsParentsOthersAsleep) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  const auto sibling = or_raise(parent.child());
  std::jthread of_sibling([&] { EXPECT_TRUE(error_of(sibling.sleep(60s)).cancelled()); });
  std::jthread of_child([&] { EXPECT_TRUE(error_of(child.sleep(60s)).cancelled()); });
  wait_until_parked(parent, 2);
  child.canceller().cancel();
  of_child.join();
  EXPECT_EQ(parked(sibling), 1U);
  parent.canceller().cancel();
}

TEST(ManagerChild, OfACancelledParentIsBornCancelled) {
  const auto parent = make_manager();
  parent.canceller().cancel();
  const auto child = parent.child();
  ASSERT_TRUE(child) << "making one is not touched by a cancelled state";
  EXPECT_TRUE(child->cancelled());
  EXPECT_TRUE(is_stopped(*child));
  parent.restart();
  EXPECT_FALSE(is_stopped(*child));
}

TEST(ManagerChild, EndsWhatWasPendingAlsoWhenTheParentRestartsAtOnce) {
  const auto parent = make_manager();
  const auto child = or_raise(parent.child());
  for (int i = 0; i < 50; ++i) {
    std::jthread sleeper([&] { EXPECT_TRUE(error_of(child.sleep(60s)).cancelled()); });
    wait_until_parked(parent);
    EXPECT_TRUE(parent.canceller().cancel());
    EXPECT_TRUE(parent.restart());
    EXPECT_FALSE(is_stopped(child));
  }
}

TEST(ManagerChild, CostsOneWakeEventWhileOneThreadWaits) {
  const auto parent = make_manager();
  auto child = std::optional(or_raise(parent.child()));
  const auto event = descriptors_of_a_wake_event();
  const auto before = open_descriptors().size();
  const auto second = or_raise(parent.child());
  EXPECT_FALSE(second.wait_readable(NativeHandle(), 1ms));
  EXPECT_TRUE(second.sleep(1ms));
  EXPECT_EQ(open_descriptors().size(), before + event);
  child.reset();
  EXPECT_EQ(open_descriptors().size(), before);
}

TEST(ManagerChild, GoesSixtyFourGenerationsDeep) {
  const DescriptorGuard guard;
  const auto first = make_manager();
  std::vector<TcpManager> line = {first};
  while (line.size() < 64) {
    auto child = line.back().child();
    ASSERT_TRUE(child) << "generation " << line.size() + 1 << ": " << child.error().message();
    line.push_back(*child);
  }
  const auto error = error_of(line.back().child());
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc::too_many_links);

  const auto last = line.back();
  line.clear();  // it keeps its ancestors
  std::jthread sleeper([&] { EXPECT_TRUE(error_of(last.sleep(60s)).cancelled()); });
  wait_until_parked(first);
  EXPECT_TRUE(first.canceller().cancel());
  sleeper.join();
  EXPECT_TRUE(is_stopped(last));
  EXPECT_TRUE(first.restart());
  EXPECT_TRUE(last.sleep(1ms));
}

// The canceller of a whole that is gone but for one child still reaches it.
TEST(ManagerLifetime, LastsAsLongAsAnythingRefersToIt) {
  const DescriptorGuard guard;
  auto parent = std::optional(make_manager());
  const auto canceller = parent->canceller();
  auto child = std::optional(or_raise(parent->child()));
  parent.reset();
  EXPECT_FALSE(child->cancelled());
  EXPECT_TRUE(canceller.cancel());
  EXPECT_TRUE(is_stopped(*child));
  child.reset();
  EXPECT_FALSE(canceller.cancel());
  EXPECT_TRUE(canceller.cancelled());
}

// M03
TEST(ManagerLifetime, MayEndBeforeThatOfItsListenersAndStreams) {
  const DescriptorGuard guard;
  auto manager = std::optional(make_manager());
  auto listener = make_listener(*manager);
  auto [client, server] = make_pair(*manager);
  manager.reset();
  give(client, "abc");
  EXPECT_EQ(take(server, 3), "abc");
  EXPECT_TRUE(error_of(listener.accept(1ms)).timed_out());
}

TEST(ManagerLifetime, OfACancellerGoesBeyondEverythingElse) {
  const DescriptorGuard guard;
  const auto canceller = make_manager().canceller();
  const auto copy = canceller;
  EXPECT_TRUE(canceller.cancel());
  EXPECT_TRUE(copy.cancelled());
  EXPECT_FALSE(copy.cancel());
}

// Threads that cancel, restart, wait and have children, all at once: each ends as it may.
TEST(StressManager, HoldsUnderEverythingAtOnce) {
  const auto parent = make_manager();
  const Deadline end = 2s;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!end.expired()) {
        const auto child = or_raise(parent.child());
        const auto slept = child.sleep(50us);
        if (!slept) {
          EXPECT_TRUE(slept.error().cancelled()) << slept.error().message();
        }
      }
    });
  threads.emplace_back([&] {
    while (!end.expired()) {
      const auto slept = parent.sleep(Deadline(50us));
      if (!slept) {
        EXPECT_TRUE(slept.error().cancelled()) << slept.error().message();
      }
    }
  });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      while (!end.expired()) {
        parent.canceller().cancel();
        parent.restart();
      }
    });
  threads.clear();
  parent.restart();
  EXPECT_FALSE(is_stopped(parent));
  EXPECT_EQ(parked(parent), 0U);
}

}  // namespace
}  // namespace mtcp::test
