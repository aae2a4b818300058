#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/small_thread.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned of_each = 250;

/// A thousand threads that wait, a quarter of them in each of read, accept, connect and write_all,
/// on one manager or on children of it.
class Thousand {
 public:
  explicit Thousand(const TcpManager& manager)
      : listener_(make_listener(manager)), black_hole_(outside_), manager_(manager) {
    fill(full_.client);
    full_.client.tie(manager);
    idle_.client.tie(manager);
  }

  void park() {
    for (unsigned i = 0; i < of_each; ++i) {
      start([&] { return kind_of(idle_.client.read(one_byte())); });
      start([&] { return kind_of(listener_.accept()); });
      start([&] { return kind_of(TcpStream::connect(manager_, black_hole_.address())); });
      start([&] { return kind_of(full_.client.write_all(much_)); });
    }
    wait_until_parked(manager_, 4 * of_each);
  }

  void join() { threads_.clear(); }

  unsigned cancelled() const { return cancelled_; }

  void check_still_works() {
    give(idle_.server, "on");
    EXPECT_EQ(take(idle_.client, 2), "on");
    const auto client = or_raise(TcpStream::connect(outside_, or_raise(listener_.local_addr())));
    EXPECT_TRUE(listener_.accept(60s));
  }

 private:
  template <class T>
  static TcpError::Kind kind_of(const Result<T>& result) {
    return error_of(result).kind();
  }

  static MutableBytes one_byte() {
    thread_local std::array<char, 1> byte;
    return byte;
  }

  template <class F>
  void start(F operation) {
    threads_.emplace_back([this, operation] {
      if (operation() == TcpError::Kind::Cancelled) ++cancelled_;
    });
  }

  const std::vector<std::byte> much_ = pattern(1 << 20);  // room for little there may be
  TcpManager outside_ = make_manager();
  Pair idle_ = make_pair(outside_);
  Pair full_ = make_pair(outside_);
  TcpListener listener_;
  BlackHole black_hole_;
  TcpManager manager_;
  std::atomic<unsigned> cancelled_{0};
  std::deque<SmallThread> threads_;
};

TEST(ManyThreads, AThousandAreEndedByOneCancel) {  // C30
  {
    const SmallThread first([] {});
  }  // a sanitizer's own thread comes with the first
  const unsigned threads_before = thread_count();
  const DescriptorGuard descriptors;
  const auto manager = make_manager();
  Thousand thousand(manager);
  std::chrono::nanoseconds patience = 1s;
  for (unsigned round = 1;; ++round) {
    thousand.park();
    const auto took = elapsed([&] {
      EXPECT_TRUE(manager.canceller().cancel());
      thousand.join();
    });
    ASSERT_EQ(thousand.cancelled(), 4 * of_each * round);
    wait_until_threads(threads_before);
    ASSERT_TRUE(manager.restart());
    if (took < patience) break;
    ASSERT_LT(took, 10s) << "again and again";
    patience = took + took / 4;
  }
  thousand.check_still_works();
}

TEST(ManyThreads, AThousandAreEndedByACancelAndARestartAtOnce) {
  const DescriptorGuard descriptors;
  const auto manager = make_manager();
  Thousand thousand(manager);
  thousand.park();
  EXPECT_TRUE(manager.canceller().cancel());
  EXPECT_TRUE(manager.restart());
  thousand.join();
  EXPECT_EQ(thousand.cancelled(), 4 * of_each);
  thousand.check_still_works();
}

TEST(ManyThreads, EachWithAChildOfItsOwnAreEndedByTheParent) {
  const DescriptorGuard descriptors;
  const auto manager = make_manager();
  std::atomic<unsigned> cancelled{0};
  {
    std::deque<SmallThread> threads;
    for (unsigned i = 0; i < 200; ++i)
      threads.emplace_back([&] {
        const auto child = or_raise(manager.child());
        if (error_of(child.sleep(Deadline::never())).cancelled()) ++cancelled;
      });
    wait_until_parked(manager, 200);
    manager.canceller().cancel();
  }
  EXPECT_EQ(cancelled, 200U);
}

TEST(ManyThreads, AreQuietWhileOneOfThemIsBusy) {  // law 8: nobody wakes for another's data
  const auto manager = make_manager();
  auto idle = make_pair(manager);
  auto busy = make_pair(manager);
  std::atomic<unsigned> waits{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name == "ppoll") ++waits;
    return Verdict::pass();
  });
  std::deque<SmallThread> threads;
  for (unsigned i = 0; i < 100; ++i)
    threads.emplace_back([&] {
      std::array<char, 1> byte{};
      EXPECT_TRUE(error_of(idle.server.read(byte)).cancelled());
    });
  wait_until_parked(manager, 100);
  for (int i = 0; i < 1000; ++i) {
    give(busy.client, "x");
    EXPECT_EQ(take(busy.server, 1), "x");
  }
  EXPECT_LE(waits, 100U + 2000U);  // those of the busy one at most
  manager.canceller().cancel();
}

}  // namespace
}  // namespace mtcp::test
