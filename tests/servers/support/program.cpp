#include "servers/support/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

std::FILE* temporary_file() {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) fail("a temporary file");
  ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
  return file;
}

/// Everything between fork and exec, made before the fork: the child may not allocate.
struct Start {
  std::vector<char*> arguments;
  const char* folder = nullptr;
  uid_t user = 0;  // root: no change
  gid_t group = 0;
  int death_signal = SIGKILL;
  const std::vector<int>* ignored = nullptr;
  std::array<int, 3> streams{};
  pid_t parent = ::getpid();

  Start(const std::vector<std::string>& command, const ProgramOptions& options)
      : death_signal(options.death_signal), ignored(&options.ignored) {
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (!options.folder.empty()) folder = options.folder.c_str();
    if (options.user.empty() || ::geteuid() != 0) return;
    const passwd* entry = ::getpwnam(options.user.c_str());
    if (entry == nullptr) throw std::runtime_error("there is no user " + options.user);
    user = entry->pw_uid;
    group = entry->pw_gid;
  }

  bool become_user() const {
    if (user == 0) return true;
    return ::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0;
  }

  /// After a change of the user, which forgets it.
  bool die_with_parent() const {
#ifdef __linux__
    if (::prctl(PR_SET_PDEATHSIG, death_signal) != 0) return false;
    if (::getppid() != parent) ::raise(death_signal);
#endif
    return true;
  }

  void reset_signals() const {
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD})
      ::signal(number, SIG_DFL);
    for (const int number : *ignored) ::signal(number, SIG_IGN);
  }

  bool prepare() const {
    ::setpgid(0, 0);
    for (int i = 0; i < 3; ++i)
      if (::dup2(streams[static_cast<std::size_t>(i)], i) < 0) return false;
    reset_signals();
    return become_user() && die_with_parent() && (folder == nullptr || ::chdir(folder) == 0);
  }

  [[noreturn]] void run() const {
    if (prepare()) ::execvp(arguments.front(), arguments.data());
    constexpr std::string_view reason = " cannot be executed\n";
    for (const std::string_view part : {std::string_view(arguments.front()), reason})
      if (::write(STDERR_FILENO, part.data(), part.size()) < 0) break;
    ::_exit(127);
  }
};

std::string contents(std::FILE* file) {
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const auto size =
        ::pread(::fileno(file), buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("reading what a program wrote");
    if (size == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

bool is_executable(const std::string& path) {
  struct stat status{};
  return ::access(path.c_str(), X_OK) == 0 && ::stat(path.c_str(), &status) == 0 &&
         S_ISREG(status.st_mode);
}

}  // namespace

Program::Program(const std::vector<std::string>& command, const Options& options)
    : output_(temporary_file(), &std::fclose), errors_(temporary_file(), &std::fclose) {
  Start start(command, options);
  std::array<int, 2> input{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0) fail("socketpair");
  start.streams = {input[1], ::fileno(output_.get()), ::fileno(errors_.get())};
  input_ = input[0];
  id_ = ::fork();
  if (id_ == 0) start.run();
  ::close(input[1]);
  if (id_ > 0) {
    ::setpgid(id_, id_);  // here too: whoever comes first
    return;
  }
  ::close(input_);
  fail("fork");
}

Program::~Program() {
  end_input();
  if (ending_) return;
  ::kill(-id_, SIGKILL);
  ::kill(id_, SIGKILL);
  wait(Deadline::never());
}

void Program::signal(int number) {
  if (running()) ::kill(id_, number);
}

std::optional<Ending> Program::wait(Deadline deadline) {
  while (!ending_) {
    siginfo_t information{};
    const int seen =
        ::waitid(P_PID, static_cast<id_t>(id_), &information, WEXITED | WNOHANG | WNOWAIT);
    if (seen == 0 && information.si_pid == id_) {
      ::kill(-id_, SIGKILL);  // while the number of the group is certainly its own
      int status = 0;
      ::waitpid(id_, &status, 0);
      ending_.emplace();
      if (WIFSIGNALED(status)) ending_->signal = WTERMSIG(status);
      if (WIFEXITED(status)) ending_->status = WEXITSTATUS(status);
    } else if (seen != 0 && errno != EINTR) {
      fail("waiting for a program");
    } else if (deadline.expired()) {
      break;
    } else {
      std::this_thread::sleep_for(1ms);
    }
  }
  return ending_;
}

int Program::finish() {
  const auto ending = wait(60s);
  if (!ending) throw std::runtime_error("a program does not end:\n" + output() + errors());
  return ending->signal == 0 ? ending->status : 128 + ending->signal;
}

bool Program::write(std::string_view text) {
  while (!text.empty()) {
    const auto size = ::send(input_, text.data(), text.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void Program::end_input() {
  if (input_ >= 0) ::close(input_);
  input_ = -1;
}

std::string Program::output() const {
  return contents(output_.get());
}

std::string Program::errors() const {
  return contents(errors_.get());
}

bool Program::wait_for_output(std::string_view text, Deadline deadline) {
  return wait_until([&] { return output().find(text) != std::string::npos; }, deadline);
}

bool Program::wait_for_errors(std::string_view text, Deadline deadline) {
  return wait_until([&] { return errors().find(text) != std::string::npos; }, deadline);
}

bool Program::wait_until(const std::function<bool()>& holds, Deadline deadline) {
  for (;;) {
    const bool last = !running() || deadline.expired();
    if (holds()) return true;
    if (last) return false;
    std::this_thread::sleep_for(1ms);
  }
}

std::string find_program(std::string_view name, const std::vector<std::string>& folders) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  std::vector<std::string> all;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (!folder.empty()) all.emplace_back(folder);
  }
  all.insert(all.end(), folders.begin(), folders.end());
  for (const auto& folder : all)
    if (const auto program = folder + '/' + std::string(name); is_executable(program))
      return program;
  return {};
}

}  // namespace mtcp::test
