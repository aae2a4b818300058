#include <chrono>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"
#include "support/posix/descriptor_flags.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

// A20
TEST(Accept, MakesDescriptorsThatNeitherBlockNorSurviveExec) {
  const auto manager = make_manager();
  auto listener = make_listener(manager);
  const auto client = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 60s));
  const auto server = or_raise(listener.accept(60s));
  EXPECT_FALSE(is_blocking(server.native_handle()));
  EXPECT_TRUE(is_close_on_exec(server.native_handle()));
}

}  // namespace
}  // namespace mtcp::test
