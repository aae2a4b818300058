#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/posix/cancel_soon.hpp"
#include "support/posix/child_process.hpp"
#include "support/system_calls.hpp"

// Law 9. The children make no threads, since the thread sanitizer forbids that after a fork of a
// process with several; what is to happen while they wait comes from a timer's handler.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A parent with threads in read, accept and sleep, which counts how often they wait.
class Parent {
 public:
  Parent() {
    start([this] { return take(pair_->server, 4) == "here"; });
    start([this] { return listener_->accept(60s).has_value(); });
    start([this] { return error_of(child_manager_.sleep(60s)).cancelled(); });
    wait_until_parked(manager_, 3);
  }

  const TcpManager& manager() const { return manager_; }
  const TcpManager& child_manager() const { return child_manager_; }
  Pair& pair() { return *pair_; }
  TcpListener& listener() { return *listener_; }

  /// In the child process.
  void destroy_all() {
    pair_.reset();
    listener_.reset();
    const auto none = make_manager();
    child_manager_ = none;
    manager_ = none;
  }

  void expect_undisturbed() {
    EXPECT_FALSE(manager_.cancelled());
    EXPECT_FALSE(child_manager_.cancelled());
    EXPECT_EQ(parked(manager_), 3U);
    EXPECT_EQ(waits_, 3);
    give(pair_->client, "here");
    const auto client = or_raise(TcpStream::connect(manager_, or_raise(listener_->local_addr())));
    EXPECT_TRUE(pending_[0].get());
    EXPECT_TRUE(pending_[1].get());
    manager_.canceller().cancel();
    EXPECT_TRUE(pending_[2].get());
  }

 private:
  void start(std::function<bool()> operation) {
    pending_.push_back(std::async(std::launch::async, std::move(operation)));
  }

  TcpManager manager_ = make_manager();
  TcpManager child_manager_ = or_raise(manager_.child());
  std::optional<Pair> pair_ = make_pair(manager_);
  std::optional<TcpListener> listener_ = make_listener(manager_);
  std::atomic<int> waits_{0};
  SystemCallJudge judge_{[this](const SystemCall& call) {
    if (call.name == "ppoll") ++waits_;
    return Verdict::pass();
  }};
  std::vector<std::future<bool>> pending_;
};

TEST(Fork, AChildThatDestroysItsCopiesDisturbsNobody) {
  Parent parent;
  expect_success_in_child([&] {
    parent.destroy_all();
    return 0;
  });
  parent.expect_undisturbed();
}

TEST(Fork, ACancelInTheChildActsOnTheChildOnly) {
  Parent parent;
  expect_success_in_child([&] {
    const auto& manager = parent.manager();
    EXPECT_FALSE(manager.cancelled());
    EXPECT_TRUE(manager.canceller().cancel());
    EXPECT_TRUE(parent.child_manager().cancelled());
    std::array<char, 4> buffer{};
    EXPECT_TRUE(error_of(parent.pair().server.read(buffer)).cancelled());
    EXPECT_TRUE(error_of(parent.listener().accept()).cancelled());
    EXPECT_TRUE(manager.restart());
    return 0;
  });
  parent.expect_undisturbed();
}

TEST(Fork, TheChildParksCancelsAndRestartsOnWhatItInherits) {
  Parent parent;
  expect_success_in_child([&] {
    EXPECT_EQ(parked(parent.manager()), 0U);
    for (const auto& cancelled : {parent.manager(), parent.child_manager()}) {
      const auto canceller = cancelled.canceller();
      for (int i = 0; i < 3; ++i) {
        cancel_soon(canceller);
        EXPECT_TRUE(error_of(parent.child_manager().sleep(60s)).cancelled());
        EXPECT_TRUE(cancelled.restart());
      }
      EXPECT_TRUE(parent.child_manager().sleep(1ms));
    }
    return 0;
  });
  parent.expect_undisturbed();
}

/// Runs `in_parent` when the child has said that it is ready, and then lets it go on.
class Meeting {
 public:
  explicit Meeting(std::function<void()> in_parent) {
    EXPECT_EQ(::pipe(to_parent_.data()), 0);
    EXPECT_EQ(::pipe(to_child_.data()), 0);
    helper_ = std::jthread([this, in_parent = std::move(in_parent)] {
      char byte = 0;
      EXPECT_EQ(::read(to_parent_[0], &byte, 1), 1);
      in_parent();
      EXPECT_EQ(::write(to_child_[1], &byte, 1), 1);
    });
  }
  ~Meeting() {
    helper_.join();
    for (const int end : {to_parent_[0], to_parent_[1], to_child_[0], to_child_[1]}) ::close(end);
  }

  void in_child() {
    char byte = 0;
    EXPECT_EQ(::write(to_parent_[1], &byte, 1), 1);
    EXPECT_EQ(::read(to_child_[0], &byte, 1), 1);
  }

 private:
  std::array<int, 2> to_parent_{};
  std::array<int, 2> to_child_{};
  std::jthread helper_;
};

TEST(Fork, ACancelInTheParentActsOnTheParentOnly) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  Meeting meeting([&] { manager.canceller().cancel(); });
  expect_success_in_child([&] {
    meeting.in_child();
    EXPECT_FALSE(manager.cancelled());
    give(client, "mine");
    EXPECT_EQ(take(server, 4), "mine");
    EXPECT_TRUE(manager.sleep(1ms));
    return 0;
  });
  EXPECT_TRUE(manager.restart());
}

TEST(Fork, TheChildMakesManagersAndUsesAnInheritedConnection) {  // F08
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  expect_success_in_child([&] {
    const auto own = make_manager();
    server.tie(own);
    give(client, "hello");
    EXPECT_EQ(take(server, 5), "hello");
    const auto canceller = own.canceller();
    cancel_soon(canceller);
    std::array<char, 1> buffer{};
    EXPECT_TRUE(error_of(server.read(buffer)).cancelled());
    EXPECT_FALSE(manager.cancelled());
    EXPECT_TRUE(own.restart());
    EXPECT_TRUE(or_raise(manager.child()).sleep(1ms));
    EXPECT_TRUE(or_raise(TcpManager::instance()).sleep(1ms));
    make_pair(own);
    return 0;
  });
  give(client, "still");
  EXPECT_EQ(take(server, 5), "still");
}

TEST(Fork, BothInheritTheStateAndRestartApart) {
  const auto manager = make_manager();
  manager.canceller().cancel();
  expect_success_in_child([&] {
    EXPECT_TRUE(manager.cancelled());
    EXPECT_TRUE(manager.restart());
    EXPECT_TRUE(manager.sleep(1ms));
    return 0;
  });
  EXPECT_TRUE(manager.cancelled());
  EXPECT_TRUE(error_of(manager.sleep(60s)).cancelled());
  EXPECT_TRUE(manager.restart());
  EXPECT_TRUE(manager.sleep(1ms));
}

TEST(Fork, CostsTheChildNoDescriptor) {
  Parent parent;
  const auto before = open_descriptors().size();
  expect_success_in_child([&] { return open_descriptors().size() <= before ? 0 : 1; });
  parent.expect_undisturbed();
}

TEST(Fork, AGrandchildHasAManagerOfItsOwnToo) {
  const auto manager = make_manager();
  expect_success_in_child([&] {
    expect_success_in_child([&] {
      manager.canceller().cancel();
      EXPECT_TRUE(error_of(manager.sleep(60s)).cancelled());
      return 0;
    });
    EXPECT_FALSE(manager.cancelled());
    EXPECT_TRUE(manager.sleep(1ms));
    return 0;
  });
  EXPECT_TRUE(manager.sleep(1ms));
}

TEST(Fork, WithoutADescriptorForTheChildIsToldWhenItWaits) {
  const auto manager = make_manager();
  const auto child_manager = or_raise(manager.child());
  std::atomic<bool> none_left{true};
  const SystemCallJudge judge([&, parent = ::getpid()](const SystemCall& call) {
    const bool refused = call.name == "eventfd" && none_left && ::getpid() != parent;
    return refused ? Verdict::fail(EMFILE) : Verdict::pass();
  });
  expect_success_in_child([&] {
    EXPECT_EQ(error_of(manager.sleep(60s)), std::errc::too_many_files_open);
    EXPECT_EQ(error_of(child_manager.sleep(60s)), std::errc::too_many_files_open);
    EXPECT_TRUE(manager.canceller().cancel());
    EXPECT_TRUE(error_of(child_manager.sleep(60s)).cancelled());
    EXPECT_TRUE(manager.restart());
    none_left = false;
    EXPECT_TRUE(child_manager.sleep(1ms));
    const auto canceller = manager.canceller();
    cancel_soon(canceller);
    EXPECT_TRUE(error_of(child_manager.sleep(60s)).cancelled());
    return 0;
  });
  EXPECT_TRUE(child_manager.sleep(1ms));
}

}  // namespace
}  // namespace mtcp::test
