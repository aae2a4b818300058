#include "support/linux/seccomp.hpp"

#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/posix/child_process.hpp"

namespace mtcp::test {

namespace {

/// For good, and for every thread that this one makes.
bool refuse(std::span<const unsigned> numbers, unsigned error) {
  std::vector<sock_filter> filter = {
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)}};
  for (const unsigned number : numbers) {
    filter.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number});
    filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error});
  }
  filter.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

void run_without(std::span<const unsigned> numbers, unsigned error,
                 const std::function<void()>& body) {
  const Ending ending = run_in_child([&] {
    if (!refuse(numbers, error)) return 77;
    body();
    return 0;
  });
  if (ending.status == 77) GTEST_SKIP() << "this system has no seccomp filters";
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0);
}

}  // namespace mtcp::test
