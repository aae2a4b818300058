#include "support/look_ups.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "support/parked.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

FullHouse::FullHouse(FakeResolver& names) : names_(names) {
  names.answer("full.test", {SocketAddr::loopback_v4()});
  names.silence("full.test");
  for (unsigned i = 0; i < most_look_ups; ++i)
    waiting_.emplace_back([this] { EXPECT_TRUE(resolve(manager_, "full.test", 1, 60s)); });
  names.wait_until_asked("full.test", most_look_ups);
  wait_until_parked(manager_, most_look_ups);
}

void abandon(FakeResolver& names, const std::string& host) {
  const auto manager = make_manager();
  names.silence(host);
  std::jthread waiting([&] { EXPECT_FALSE(resolve(manager, host, 80)); });
  names.wait_until_asked(host);
  manager.canceller().cancel();
}

}  // namespace mtcp::test
