#include "support/posix/child_process.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <signal.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

int run_guarded(const std::function<int()>& body) {
  try {
    const int status = body();
    return ::testing::Test::HasFailure() ? 99 : status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exception in child: %s\n", error.what());
    return 99;
  }
}

}  // namespace

Ending run_in_child(const std::function<int()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const int status = run_guarded(body);
    std::fflush(nullptr);
    ::_exit(status);
  }
  Ending ending;
  const auto end = std::chrono::steady_clock::now() + 60s;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ending.hung = true;
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(1ms);
  }
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
  return ending;
}

void expect_success_in_child(const std::function<int()>& body) {
  const Ending ending = run_in_child(body);
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0);
}

}  // namespace mtcp::test
