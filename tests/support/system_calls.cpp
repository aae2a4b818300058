#include "support/system_calls.hpp"

#include <atomic>
#include <shared_mutex>
#include <utility>

#include <gtest/gtest.h>

#include "support/descriptors.hpp"

namespace mtcp::test {

namespace {

std::shared_mutex mutex;  // shared by the calls, exclusive to change the judge
SystemCallJudge::Judge current;
std::atomic<bool> judging{false};

}  // namespace

Verdict judge(std::string_view name, int descriptor) {
  if (!judging.load()) return Verdict::pass();  // also keeps signal handlers clear of the lock
  const std::shared_lock lock(mutex);
  return current ? current({name, descriptor}) : Verdict::pass();
}

SystemCallJudge::SystemCallJudge(Judge judge) {
  const std::unique_lock lock(mutex);
  current = std::move(judge);
  judging = true;
}

SystemCallJudge::~SystemCallJudge() {
  const std::unique_lock lock(mutex);
  judging = false;
  current = nullptr;
}

unsigned fail_each_call(int error, const std::function<void()>& scenario) {
  for (unsigned n = 1;; ++n) {
    std::atomic<unsigned> calls{0};
    const auto before = open_descriptors();
    {
      const SystemCallJudge judge(
          [&](const SystemCall&) { return ++calls == n ? Verdict::fail(error) : Verdict::pass(); });
      scenario();
    }
    EXPECT_EQ(open_descriptors(), before) << "when system call " << n << " failed";
    if (calls < n || ::testing::Test::HasFailure()) return n - 1;
  }
}

}  // namespace mtcp::test
