#pragma once

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <mtcp/deadline.hpp>

#include "support/posix/child_process.hpp"

namespace mtcp::test {

struct ProgramOptions {
  std::string user;            // whom it runs as, if this process is root's; empty: the same
  std::string folder;          // its working directory; empty: the same
  int death_signal = SIGKILL;  // what it gets when this process dies before it
  std::vector<int> ignored;    // signals that it is to begin with ignored
};

/// A program that runs beside the test, in a process group of its own. It does not outlive the
/// object; nor the thread that made it, where the system can see to that.
class Program {
 public:
  using Options = ProgramOptions;

  /// Starts `command`, its name and its arguments; the name is looked up in PATH. Throws
  /// std::system_error if there can be no process. A program that cannot be executed ends with
  /// status 127 and says so in errors().
  explicit Program(const std::vector<std::string>& command, const Options& options = {});
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  /// Kills it and what is left of its group.
  ~Program();

  pid_t id() const noexcept { return id_; }

  /// Does nothing when the program has ended.
  void signal(int number);

  /// Until it has ended; nothing if it has not when the deadline comes. What it has started and
  /// left in its group is killed.
  std::optional<Ending> wait(Deadline deadline);
  /// Until it has ended; its status as a shell says it, 128 and the signal's number if one ended
  /// it. Throws if that takes more than a minute.
  int finish();
  bool running() { return !wait(Deadline(std::chrono::seconds(0))); }

  /// Writes to its standard input; false if it does not read any more.
  bool write(std::string_view text);
  void end_input();

  /// All that it has written so far.
  std::string output() const;
  std::string errors() const;

  /// Until output() contains `text`; false if the program ends or the deadline comes before that.
  bool wait_for_output(std::string_view text, Deadline deadline);
  bool wait_for_errors(std::string_view text, Deadline deadline);

  /// Until `holds` returns true; false if it does not when the program ends or the deadline comes.
  bool wait_until(const std::function<bool()>& holds, Deadline deadline);

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  File output_;
  File errors_;
  int input_ = -1;
  pid_t id_ = -1;
  std::optional<Ending> ending_;
};

/// Where an executable of this name is: in PATH, or else in `folders`; empty if nowhere.
std::string find_program(std::string_view name, const std::vector<std::string>& folders = {});

}  // namespace mtcp::test
