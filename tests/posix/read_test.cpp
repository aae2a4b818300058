#include <span>
#include <string>
#include <sys/mman.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class PosixRead : public Connected {};

TEST_F(PosixRead, NeverShowsAnInterruption) {  // R33
  std::string sent(10'000, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i % 26);
  give(client_, sent);
  unsigned calls = 0;
  const SystemCallJudge judge([&](const SystemCall& call) {
    return call.name == "recv" && ++calls % 2 == 0 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  std::string received;
  for (std::size_t i = 0; i < sent.size(); ++i) received += take(server_, 1);
  EXPECT_EQ(received, sent);
  EXPECT_GE(calls, 19'000U);
}

TEST_F(PosixRead, SaysThatTheBufferIsNoMemoryAndTriesOnce) {  // R48
  give(client_, "kept");
  await_bytes(server_, 4);
  void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  unsigned calls = 0;
  {
    const SystemCallJudge judge([&](const SystemCall& call) {
      if (call.name == "recv") ++calls;
      return Verdict::pass();
    });
    const auto failed = server_.read(std::span(static_cast<std::byte*>(page), 100), 60s);
    EXPECT_EQ(error_of(failed), std::errc::bad_address);
  }
  EXPECT_EQ(calls, 1U);
  ::munmap(page, 4096);
  EXPECT_EQ(take(server_, 4), "kept");
}

}  // namespace
}  // namespace mtcp::test
