#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "connections.hpp"
#include "processors.hpp"

namespace bench {

/// Requests of 64 bytes, one outstanding on each connection all the time, from one thread on each
/// of the given processors.
class Load {
 public:
  Load(std::span<const UniqueFd> connections, const Processors& processors);
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
