#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"
#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

TEST(Listener, SaysThatThePortIsForbidden) {
  int first_free = 1024;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_free;
  if (first_free <= 1) GTEST_SKIP() << "this system lets everybody bind every port";
  expect_success_in_child([] {
    const auto manager = make_manager();
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    const auto listener = TcpListener::bind(manager, "127.0.0.1:1");
    if (listener) return 2;
    EXPECT_EQ(listener.error(), std::errc::permission_denied);
    EXPECT_EQ(listener.error().message(), "bind to 127.0.0.1:1: Permission denied");
    return 0;
  });
}

/// How long the kernel lets the queue of `listener` become.
unsigned backlog_of(const TcpListener& listener) {
  tcp_info info{};
  socklen_t size = sizeof info;
  EXPECT_EQ(::getsockopt(int(listener.native_handle()), IPPROTO_TCP, TCP_INFO, &info, &size), 0);
  return info.tcpi_sacked;  // so it says for a listener
}

// A08, A09
TEST(Listener, HasTheBacklogItWasGivenAndTheSystemsMaximumByDefault) {
  unsigned most = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> most;
  const auto manager = make_manager();
  EXPECT_EQ(backlog_of(make_listener(manager)), most);
  EXPECT_EQ(backlog_of(make_listener(manager, {.backlog = 0})), 0U);
  EXPECT_EQ(backlog_of(make_listener(manager, {.backlog = 3})), 3U);
}

}  // namespace
}  // namespace mtcp::test
