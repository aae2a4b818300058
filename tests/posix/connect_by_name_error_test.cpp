#include <netdb.h>
#include <string>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/fake_resolver.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(ConnectByNameError, TellsTheResolversError) {
  FakeResolver names;
  names.fail("none.test", EAI_NONAME);
  const auto manager = make_manager();
  const auto none = TcpStream::connect(manager, "none.test", 80, 60s);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code().value(), EAI_NONAME);
  EXPECT_EQ(none.error().message(),
            std::string("connect to none.test:80: ") + ::gai_strerror(EAI_NONAME));
  const auto empty = TcpStream::connect(manager, "", 80, 60s);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error(), std::errc::invalid_argument);
}

}  // namespace
}  // namespace mtcp::test
