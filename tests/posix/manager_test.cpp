#include <string>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

TEST(Manager, SaysThatDescriptorsHaveRunOut) {
  expect_success_in_child([] {
    const auto manager = make_manager();
    const DescriptorLimit none(DescriptorLimit::leaving(0));
    const auto created = TcpManager::create();
    const auto child = manager.child();
    if (created || child) return 1;
    if (created.error() != std::errc::too_many_files_open) return 2;
    if (child.error() != std::errc::too_many_files_open) return 3;
    if (TcpManager::instance()) return 4;
    return created.error().message().find("manager") != std::string::npos ? 0 : 5;
  });
}

}  // namespace
}  // namespace mtcp::test
