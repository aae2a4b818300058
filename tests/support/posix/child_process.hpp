#pragma once

#include <functional>

namespace mtcp::test {

/// How a child process ended.
struct Ending {
  int status = 0;     // its exit status, if no signal ended it
  int signal = 0;     // the signal that ended it; 0: none
  bool hung = false;  // it did not end within a minute and was killed
};

/// Runs `body` in a forked child that exits with what it returns (or 99 if a GoogleTest assertion
/// failed or an exception escaped), and waits for it. For what changes a whole process: signals,
/// limits, closed standard streams.
Ending run_in_child(const std::function<int()>& body);

/// run_in_child(), expecting exit status 0.
void expect_success_in_child(const std::function<int()>& body);

}  // namespace mtcp::test
