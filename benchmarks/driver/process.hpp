#pragma once

#include <functional>
#include <span>
#include <string>
#include <sys/types.h>

namespace bench {

/// A child process. It outlives neither this object nor the driver, however the driver ends.
class Process {
 public:
  /// Runs `body` in a child on these processors; the child ends when `body` returns. To be called
  /// by the main thread, while there is no other: the child dies with the thread that made it.
  Process(std::span<const int> processors, const std::function<void()>& body);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }

  /// How it ended, "exit status 3"; for one that does not end by itself, what it died of.
  std::string wait();

 private:
  pid_t pid_;
};

}  // namespace bench
