#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "answer.hpp"
#include "process.hpp"
#include "unique_fd.hpp"

namespace bench {

/// The names of all systems, in the order of the report; the first is the base of all ratios.
std::span<const std::string_view> system_names();

/// A running system under test. Everything here throws Failure when the system does not do as the
/// README says, and Interrupted when the user wants to stop.
class System {
 public:
  System(const std::filesystem::path& folder, std::string_view name,
         std::span<const int> processors);

  /// Sends a command and returns the first line of the answer.
  Answer ask(const std::string& command);
  /// The next line, for commands that are answered with two.
  Answer next_answer();
  /// The next line has to be this word.
  void expect(std::string_view word);

  pid_t pid() const { return process_.pid(); }

 private:
  struct Pipe {
    UniqueFd reader, writer;
    Pipe();
  };

  Pipe commands_, answers_;
  Process process_;
  std::string received_;
};

}  // namespace bench
