#include <array>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

// Law 8: a thread that waits never swallows what another waits for, whichever way its own wait
// ends.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

std::future<Result<std::size_t>> start_reading(TcpStream& stream, std::array<char, 1>& byte) {
  return std::async(std::launch::async, [&] { return stream.read(byte, 60s); });
}

/// A stream under two handles, each with a manager of its own.
class SeveralWaiters : public ::testing::Test {
 protected:
  TcpManager outside_ = make_manager();
  TcpManager first_manager_ = make_manager();
  TcpManager second_manager_ = make_manager();
  Pair pair_ = make_pair(outside_);
  TcpStream& peer_ = pair_.client;
  TcpStream& first_ = pair_.server;
  TcpStream second_ = or_raise(first_.try_clone());
  std::array<char, 1> first_byte_{};
  std::array<char, 1> second_byte_{};

  void SetUp() override {
    first_.tie(first_manager_);
    second_.tie(second_manager_);
  }
};

TEST_F(SeveralWaiters, OneThatIsCancelledLeavesTheByteToTheOther) {
  auto first = start_reading(first_, first_byte_);
  auto second = start_reading(second_, second_byte_);
  wait_until_parked(first_manager_);
  wait_until_parked(second_manager_);
  first_manager_.canceller().cancel();
  EXPECT_TRUE(error_of(first.get()).cancelled());
  EXPECT_EQ(parked(second_manager_), 1U);
  give(peer_, "x");
  EXPECT_EQ(or_raise(second.get()), 1U);
}

TEST_F(SeveralWaiters, AByteGoesToOneOfThemAlsoWhenTheOtherIsJustCancelled) {
  for (int round = 0; round < 200; ++round) {
    auto first = start_reading(first_, first_byte_);
    auto second = start_reading(second_, second_byte_);
    wait_until_parked(second_manager_);
    std::jthread canceller([&] {
      for (const Deadline moment(round * 500ns); !moment.expired();) continue;
      first_manager_.canceller().cancel();
    });
    give(peer_, "x");
    const auto one = first.get();
    if (!one) {
      ASSERT_TRUE(one.error().cancelled());
    }
    if (one) give(peer_, "y");  // for the one that still waits
    ASSERT_EQ(or_raise(second.get()), 1U);
    ASSERT_TRUE(!one || first_byte_[0] != second_byte_[0]);
    canceller.join();
    first_manager_.restart();
  }
  EXPECT_TRUE(error_of(first_.read(first_byte_, 0s)).timed_out());
}

TEST_F(SeveralWaiters, OneThatOnlyLooksTakesNothing) {
  auto looker = std::async(std::launch::async, [&] { return first_.peek(first_byte_, 60s); });
  auto waiter = std::async(std::launch::async,
                           [&] { return second_manager_.wait_readable(second_.native_handle()); });
  wait_until_parked(first_manager_);
  wait_until_parked(second_manager_);
  give(peer_, "x");
  EXPECT_EQ(or_raise(looker.get()), 1U);
  EXPECT_TRUE(waiter.get());
  EXPECT_EQ(take(first_, 1), "x");
}

TEST_F(SeveralWaiters, EachDirectionIsWaitedForByItself) {
  const auto written = fill(first_);
  auto reader = start_reading(second_, second_byte_);
  auto writer = std::async(std::launch::async,
                           [&] { return first_.write_all(std::string(1 << 20, 'w'), 60s); });
  wait_until_parked(first_manager_);
  wait_until_parked(second_manager_);
  give(peer_, "x");
  EXPECT_EQ(or_raise(reader.get()), 1U);
  EXPECT_EQ(parked(first_manager_), 1U);
  EXPECT_EQ(take(peer_, written + (1 << 20)).back(), 'w');
  EXPECT_TRUE(writer.get());
}

}  // namespace
}  // namespace mtcp::test
