#include "process.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.hpp"
#include "interruption.hpp"
#include "processors.hpp"

namespace bench {
namespace {

[[noreturn]] void run_in_child(pid_t parent, std::span<const int> processors,
                               const std::function<void()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it had died before the line above
  // A group of its own: a Ctrl-C is for the driver, which then ends its children.
  ::setpgid(0, 0);
  stop_catching_interruptions_in_child();
  run_on(processors);
  body();
  ::_exit(127);
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return std::string("killed by ") + ::strsignal(WTERMSIG(status));
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Process::Process(std::span<const int> processors, const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw Failure(std::string("no process: ") + std::strerror(errno));
  if (pid_ == 0) run_in_child(parent, processors, body);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string Process::wait() {
  using namespace std::chrono_literals;
  int status = 0;
  for (int tries = 0; tries < 100; ++tries, sleep_for(10ms)) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return describe(status);
    }
  }
  return "its output closed";
}

}  // namespace bench
