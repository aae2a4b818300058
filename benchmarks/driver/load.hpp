#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "connections.hpp"
#include "processors.hpp"

namespace bench {

/// Requests of 64 bytes from one thread on each of the given processors. On each connection the
/// next follows an answer at once, or, if there is a pause, one is sent whenever that has gone by.
class Load {
 public:
  Load(std::span<const UniqueFd> connections, const Processors& processors,
       std::chrono::microseconds pause);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// How many have been answered so far.
  long answered() const;
  /// Sends no more, and returns when the outstanding ones are answered. Throws Failure if a
  /// connection broke, or if not all were answered.
  void finish();

 private:
  class Loader;
  std::vector<std::unique_ptr<Loader>> loaders_;
};

}  // namespace bench
