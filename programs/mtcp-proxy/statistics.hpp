#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include <mtcp/mtcp.hpp>

#include "forwarder.hpp"

namespace proxy {

/// What became of all connections that have ended. Any threads at once.
class Statistics {
 public:
  void count(const Outcome& outcome) noexcept;

  /// All of it in one line, with what `server` has counted.
  std::string to_string(const mtcp::TcpServer& server) const;

 private:
  std::size_t of(Ending ending) const noexcept {
    return endings_[static_cast<std::size_t>(ending)];
  }

  std::array<std::atomic<std::size_t>, 7> endings_{};  // by Ending
  std::atomic<std::uint64_t> bytes_to_target_{0};
  std::atomic<std::uint64_t> bytes_to_client_{0};
};

}  // namespace proxy
