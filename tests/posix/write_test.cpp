#include <span>
#include <sys/mman.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class PosixWrite : public NarrowlyConnected {};

TEST_F(PosixWrite, SaysThatTheBytesAreNoMemoryAndTriesOnce) {  // R48
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  const std::span bytes(static_cast<const std::byte*>(page), 100);
  unsigned calls = 0;
  {
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name == "send" || call.name == "sendmsg") ++calls;
      return Verdict::pass();
    });
    EXPECT_EQ(error_of(client_.write(bytes, 60s)), std::errc::bad_address);
    EXPECT_EQ(error_of(client_.write_all({bytes, bytes}, 60s)), std::errc::bad_address);
  }
  EXPECT_EQ(calls, 2U);
  ::munmap(page, 4096);
  give(client_, "fine");
  EXPECT_EQ(take(server_, 4), "fine");
}

}  // namespace
}  // namespace mtcp::test
