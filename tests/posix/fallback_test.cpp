#include "sys/posix/fallback.hpp"

#include <chrono>
#include <poll.h>
#include <vector>

#include <gtest/gtest.h>

#include "sys/posix/timed_poll.hpp"
#include "sys/posix/wake_event.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A call that gives `result`, and otherwise `error`; counts how often it is made.
struct Call {
  int result;
  int error;
  int made = 0;

  int operator()() noexcept {
    ++made;
    errno = error;
    return result;
  }
};

/// What comes of `newer` and `older`, several times.
std::vector<int> results(Call& newer, Call& older) {
  std::atomic<bool> is_missing{false};
  std::vector<int> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(sys::newer_or_older(
        is_missing, [&]() noexcept { return newer(); }, [&]() noexcept { return older(); }));
  return all;
}

TEST(Fallback, IsNotUsedWhereTheNewerCallIsThere) {
  Call newer{7, 0};
  Call older{8, 0};
  EXPECT_EQ(results(newer, older), (std::vector{7, 7, 7}));
  EXPECT_EQ(older.made, 0);
}

TEST(Fallback, IsNotUsedForErrorsOfTheNewerCall) {
  Call newer{-1, EMFILE};
  Call older{8, 0};
  EXPECT_EQ(results(newer, older), (std::vector{-1, -1, -1}));
  EXPECT_EQ(errno, EMFILE);
  EXPECT_EQ(older.made, 0);
}

TEST(Fallback, IsRemembered) {
  for (const int error : {ENOSYS, EPERM}) {
    Call newer{-1, error};
    Call older{8, 0};
    EXPECT_EQ(results(newer, older), (std::vector{8, 8, 8}));
    EXPECT_EQ(newer.made, 1);
  }
}

TEST(Fallback, IsRememberedAlsoWhenItHasNothingToGive) {
  Call newer{-1, ENOSYS};
  Call older{-1, EAGAIN};
  EXPECT_EQ(results(newer, older), (std::vector{-1, -1, -1}));
  EXPECT_EQ(newer.made, 1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(Fallback, IsNotRememberedWhereItIsRefusedToo) {
  Call newer{-1, EPERM};
  Call older{-1, EPERM};
  EXPECT_EQ(results(newer, older), (std::vector{-1, -1, -1}));
  EXPECT_EQ(newer.made, 3);
}

TEST(TimedPoll, IsNeverEarlyHoweverTimeIsCounted) {
  for (const auto time : {1ns, 300'000ns, 999'999ns, 1'000'001ns, 2'500'000ns}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(sys::poll_once(time, {}), 0);
    EXPECT_GE(std::chrono::steady_clock::now() - start, time);
  }
}

// A signal handler sets it; a full pipe must not stop that, and clearing takes all of it.
TEST(WakeEvent, IsClearedAtOnceHoweverOftenItWasSet) {
  const sys::WakeEvent event = sys::wake_event::open();
  ASSERT_TRUE(event.is_open());
  for (int i = 0; i < 20'000; ++i) sys::wake_event::set(event);
  pollfd polled{event.readable, POLLIN, 0};
  EXPECT_EQ(::poll(&polled, 1, 0), 1);
  sys::wake_event::clear(event);
  EXPECT_EQ(::poll(&polled, 1, 0), 0);
  sys::wake_event::set(event);
  EXPECT_EQ(::poll(&polled, 1, 0), 1);
  sys::wake_event::close(event);
}

}  // namespace
}  // namespace mtcp::test
