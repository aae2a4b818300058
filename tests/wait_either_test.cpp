// TcpManager::wait_readable_or_writable().

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class WaitEither : public Connected {
 protected:
  Result<Readiness> wait(Deadline deadline) {
    return manager_.wait_readable_or_writable(server_.native_handle(), deadline);
  }
};

TEST_F(WaitEither, FindsWhatIsReadyAtOnce) {
  auto ready = or_raise(wait(0s));
  EXPECT_TRUE(!ready.readable && ready.writable);
  give(client_, "abc");
  await_bytes(server_, 3);
  ready = or_raise(wait(0s));
  EXPECT_TRUE(ready.readable && ready.writable);
  fill(server_);
  ready = or_raise(wait(0s));
  EXPECT_TRUE(ready.readable && !ready.writable);
}

TEST_F(WaitEither, WaitsUntilItCanBeRead) {
  fill(server_);
  std::jthread other([this] {
    wait_until_parked(manager_);
    auto outside = or_raise(client_.try_clone());
    give(outside, "x");
  });
  const auto ready = or_raise(wait(60s));
  EXPECT_TRUE(ready.readable && !ready.writable);
}

TEST_F(WaitEither, WaitsUntilItCanBeWritten) {
  const auto filled = fill(server_);
  std::jthread other([this, filled] {
    wait_until_parked(manager_);
    auto outside = or_raise(client_.try_clone());
    outside.tie(make_manager());
    std::string all(filled, ' ');
    or_raise(outside.read_exact(all, 60s));
  });
  const auto ready = or_raise(wait(60s));
  EXPECT_TRUE(!ready.readable && ready.writable);
}

TEST_F(WaitEither, TimesOutNeverEarly) {
  fill(server_);
  expect_ends_after(30ms, [&] { EXPECT_TRUE(wait(30ms).error().timed_out()); });
}

TEST_F(WaitEither, IsCancelledAlsoWhenSomethingIsReady) {
  fill(server_);
  std::jthread other([this] {
    wait_until_parked(manager_);
    manager_.canceller().cancel();
  });
  EXPECT_TRUE(wait(60s).error().cancelled());
  other.join();
  client_.tie(make_manager());
  give(client_, "x");
  await_bytes(server_, 1);
  EXPECT_TRUE(wait(60s).error().cancelled());
}

TEST_F(WaitEither, NamesADescriptorThatIsNotOpen) {
  const auto error = manager_.wait_readable_or_writable(NativeHandle(), 1s).error();
  EXPECT_EQ(error.code(), std::errc::bad_file_descriptor);
  EXPECT_NE(error.message().find("wait until readable or writable on descriptor"),
            std::string::npos)
      << error.message();
}

}  // namespace
}  // namespace mtcp::test
