#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/posix/descriptor_flags.hpp"

namespace mtcp::test {
namespace {

class PosixStream : public Connected {};

TEST_F(PosixStream, IsNonBlockingAndCloseOnExecFromBirth) {  // law 5
  const auto clone = or_raise(client_.try_clone());
  for (const TcpStream* stream : {&std::as_const(client_), &std::as_const(server_), &clone}) {
    EXPECT_TRUE(is_close_on_exec(stream->native_handle()));
    EXPECT_FALSE(is_blocking(stream->native_handle()));
  }
}

}  // namespace
}  // namespace mtcp::test
