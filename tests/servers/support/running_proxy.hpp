#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"

namespace mtcp::test {

/// Where mtcp-proxy is.
std::string proxy_program();

/// What mtcp-proxy says of itself: "accepted" and so on.
using Figures = std::map<std::string, std::uint64_t>;

struct RunningProxyOptions {
  std::vector<std::string> arguments = {};  // besides a --listen on a free port of 127.0.0.1
  std::vector<std::string> before = {};     // what runs it, as "nice"
  Program::Options program = {};
};

/// An mtcp-proxy of the test's own.
class RunningProxy {
 public:
  using Options = RunningProxyOptions;

  /// Returns when it listens. Throws if it does not.
  explicit RunningProxy(const std::string& target, const Options& options = {});
  explicit RunningProxy(const SocketAddr& target, const Options& options = {})
      : RunningProxy(target.to_string(), options) {}

  Program& program() noexcept { return *program_; }
  SocketAddr address(std::size_t which = 0) const { return addresses_.at(which); }
  TcpStream connect(const TcpManager& manager, std::size_t which = 0) const;

  /// All that it has logged so far.
  std::string log() const { return program_->errors(); }
  /// Until the log contains `text`. Throws if that does not come.
  void wait_for_log(std::string_view text);

  /// Asks for statistics by SIGUSR1.
  Figures statistics();
  /// Asks until `figure` is `value`. Throws if that does not come.
  void wait_for(const std::string& figure, std::uint64_t value);

  /// Sends SIGTERM and waits until the drain has begun.
  void begin_to_stop();
  /// Waits until it has ended; its exit status, or the number of the signal that ended it,
  /// negative.
  int status();
  /// The last statistics that it has logged.
  Figures last_statistics() const;

 private:
  bool find_addresses(std::size_t count);

  std::unique_ptr<Program> program_;
  std::vector<SocketAddr> addresses_;
};

}  // namespace mtcp::test
