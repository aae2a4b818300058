#include "support/linux/seccomp.hpp"

#include <bit>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <vector>

#include <gtest/gtest.h>

#include "support/posix/child_process.hpp"

namespace mtcp::test {

namespace {

#ifdef SYS_socketcall
constexpr unsigned socketcall = SYS_socketcall;
#else
constexpr unsigned socketcall = ~0U;  // no call's number
#endif

/// The offset of the half of the first argument that a comparison of 32 bits is to see.
constexpr std::size_t first_argument =
    offsetof(seccomp_data, args) + (std::endian::native == std::endian::big ? 4 : 0);

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)};
}

/// Whether the next instruction is for what has been loaded, or skipped.
constexpr sock_filter next_if(unsigned value) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value};
}

constexpr sock_filter answer(unsigned what) {
  return {BPF_RET | BPF_K, 0, 0, what};
}

std::vector<sock_filter> filter_without(std::span<const CallNumber> calls, unsigned error) {
  const auto refusal = answer(SECCOMP_RET_ERRNO | error);
  std::vector<sock_filter> filter = {load(offsetof(seccomp_data, nr))};
  for (const auto& call : calls) filter.insert(filter.end(), {next_if(call.number), refusal});
  const auto allowed = answer(SECCOMP_RET_ALLOW);
  filter.insert(filter.end(), {sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, socketcall}, allowed});
  filter.push_back(load(first_argument));
  for (const auto& call : calls)
    if (call.in_socketcall != 0)
      filter.insert(filter.end(), {next_if(call.in_socketcall), refusal});
  filter.push_back(allowed);
  return filter;
}

/// For good, and for every thread that this one makes.
bool refuse(std::span<const CallNumber> calls, unsigned error) {
  auto filter = filter_without(calls, error);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

void run_without(std::span<const CallNumber> calls, unsigned error,
                 const std::function<void()>& body) {
  const Ending ending = run_in_child([&] {
    if (!refuse(calls, error)) return 77;
    body();
    return 0;
  });
  if (ending.status == 77) GTEST_SKIP() << "this system has no seccomp filters";
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0);
}

}  // namespace mtcp::test
