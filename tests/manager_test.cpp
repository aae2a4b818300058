#include <thread>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/child_process.hpp"
#include "support/descriptors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(Manager, CostsOneDescriptor) {
  const auto before = open_descriptors().size();
  const auto manager = make_manager();
  EXPECT_EQ(open_descriptors().size(), before + 1);
}

TEST(Manager, FailsCleanlyWhereverTheSystemFails) {
  const unsigned calls = fail_each_call(EMFILE, [] {
    if (const auto manager = TcpManager::create(); !manager) {
      EXPECT_EQ(manager.error(), std::errc::too_many_files_open);
    }
  });
  EXPECT_GE(calls, 1U);
}

}  // namespace
}  // namespace mtcp::test
