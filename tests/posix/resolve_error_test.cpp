#include <cerrno>
#include <cstdlib>
#include <netdb.h>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/fake_resolver.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<SocketAddr>;

TEST(Resolve, TellsWhatTheResolverSays) {
  FakeResolver names;
  names.fail("none.test", EAI_NONAME);
  names.fail("again.test", EAI_AGAIN);
  const auto manager = make_manager();
  const auto none = resolve(manager, "none.test", 80, 60s);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), TcpError::Kind::Failed);
  EXPECT_EQ(none.error().code().value(), EAI_NONAME);
  EXPECT_EQ(none.error().code().category().name(), std::string_view("resolver"));
  EXPECT_EQ(none.error().message(),
            std::string("resolve none.test:80: ") + ::gai_strerror(EAI_NONAME));

  const auto again = resolve(manager, "again.test", 80, 60s);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code().value(), EAI_AGAIN);
  EXPECT_EQ(again.error().message(),
            std::string("resolve again.test:80: ") + ::gai_strerror(EAI_AGAIN));
}

TEST(Resolve, TellsTheSystemsErrorAsThat) {
  FakeResolver names;
  names.fail("system.test", EAI_SYSTEM, EMFILE);
  names.fail("memory.test", EAI_MEMORY);
  names.fail("unknown.test", EAI_SYSTEM, 0);
  const auto manager = make_manager();
  const auto system = resolve(manager, "system.test", 80, 60s);
  ASSERT_FALSE(system);
  EXPECT_EQ(system.error(), std::errc::too_many_files_open);
  EXPECT_EQ(system.error().message(),
            "resolve system.test:80: " + in_words(std::errc::too_many_files_open));
  const auto memory = resolve(manager, "memory.test", 80, 60s);
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error(), std::errc::not_enough_memory);
  const auto unknown = resolve(manager, "unknown.test", 80, 60s);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code().value(), EAI_SYSTEM) << unknown.error().message();
}

TEST(Resolve, SaysSoWhenThereIsNoAddressThatItKnows) {
  FakeResolver names;
  names.answer("nothing.test", {});
  const auto found = resolve(make_manager(), "nothing.test", 80, 60s);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code().value(), EAI_NONAME);
}

}  // namespace
}  // namespace mtcp::test
