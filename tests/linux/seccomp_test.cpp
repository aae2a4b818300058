#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/posix/child_process.hpp"

/// System calls that a sandbox refuses.
namespace mtcp::test {
namespace {

#ifdef SYS_ppoll_time64  // 32-bit systems
constexpr unsigned waiting = SYS_ppoll_time64;
#else
constexpr unsigned waiting = SYS_ppoll;
#endif

/// From now on, for good, this process's system call `number` fails with `error`.
bool refuse(unsigned number, unsigned error) {
  std::array filter = {
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Runs `body` in a child process in which the call fails; skips where there are no filters.
void run_without(unsigned number, unsigned error, const std::function<void()>& body) {
  const Ending ending = run_in_child([&] {
    if (!refuse(number, error)) return 77;
    body();
    return 0;
  });
  if (ending.status == 77) GTEST_SKIP() << "this system has no seccomp filters";
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0);
}

// W02
TEST(Seccomp, RefusingEventfdIsToldWhenAManagerIsMade) {
  run_without(SYS_eventfd2, EPERM, [] {
    const DescriptorGuard guard;
    const auto manager = TcpManager::create();
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error(), std::errc::operation_not_permitted);
    EXPECT_EQ(manager.error().message(), "create a manager: Operation not permitted");
    EXPECT_EQ(TcpManager::instance().error(), std::errc::operation_not_permitted);
  });
}

TEST(Seccomp, RefusingSocketsIsToldByBindAndConnect) {
  const auto manager = or_raise(TcpManager::create());
  run_without(SYS_socket, EPERM, [&] {
    const DescriptorGuard guard;
    const auto listener = TcpListener::bind(manager, "127.0.0.1:0");
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().message(), "bind to 127.0.0.1:0: Operation not permitted");
    const auto stream = TcpStream::connect(manager, "127.0.0.1:1");
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().message(), "connect to 127.0.0.1:1: Operation not permitted");
  });
}

// W02
TEST(Seccomp, RefusingToWaitIsTold) {
  const auto manager = or_raise(TcpManager::create());
  run_without(waiting, ENOSYS, [&] {
    const auto slept = manager.sleep(std::chrono::hours(1));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error(), std::errc::function_not_supported);
  });
}

}  // namespace
}  // namespace mtcp::test
