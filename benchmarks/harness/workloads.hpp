#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/clocks.hpp"

namespace bench {

/// The processors of the threads at the clients' and at the servers' end; nullopt: any.
struct Pin {
  std::optional<int> clients;
  std::optional<int> servers;
};

struct PingPong {
  std::size_t pairs;
  std::size_t size;
  std::size_t count;
  Pin pin;
};

struct Bulk {
  std::size_t size;
  std::size_t bytes;
  Pin pin;
};

struct Connect {
  std::size_t count;
  Pin pin;
};

struct Overshoot {
  std::chrono::microseconds timeout;
  std::size_t count;
};

/// Thrown by a workload that the system cannot carry out.
struct Unsupported {};

/// What a system is asked to do, as the README of the benchmarks tells; one function a command.
/// Throws a std::exception when anything goes wrong.
class Workloads {
 public:
  virtual ~Workloads() = default;

  virtual std::string_view name() const = 0;

  virtual Cost ping_pong(const PingPong& command) = 0;
  virtual Cost bulk(const Bulk& command) = 0;
  virtual Cost connect(const Connect& command) = 0;

  /// How much too late each read returned.
  virtual std::vector<std::chrono::nanoseconds> overshoot(const Overshoot& command) = 0;

  /// Returns the port, and wait_parked() when all connections are being read.
  virtual std::uint16_t park(std::size_t count) = 0;
  virtual void wait_parked() = 0;
  virtual Cost cancel() = 0;

  /// Returns the port, and wait_serving() when all connections are accepted.
  virtual std::uint16_t serve(std::size_t count) = 0;
  virtual void wait_serving() = 0;
  /// Returns what was spent since wait_serving() returned.
  virtual Cost stop() = 0;
};

}  // namespace bench
