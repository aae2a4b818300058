#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <mtcp/mtcp.hpp>

#include "log.hpp"
#include "options.hpp"
#include "side.hpp"
#include "tls.hpp"

namespace proxy {

/// How a connection ended.
enum class Ending {
  Complete,     // both sides ended their streams, and all bytes were handed on
  Unshaken,     // the client did not begin TLS as it should
  Unreachable,  // the target could not be reached
  Idle,         // no byte came for too long
  Overtime,     // it took too long as a whole
  Broken,       // one side failed, or stopped taking what the other sent
  CutOff        // the proxy was stopped
};

/// What came of a connection.
struct Outcome {
  Ending ending = Ending::Complete;
  std::uint64_t bytes_to_target = 0;
  std::uint64_t bytes_to_client = 0;
  std::string cause = {};  // of Unshaken, Unreachable and Broken
};

/// Carries one connection: reaches the target, and hands on whatever comes from either side.
///
/// An end is handed on as an end, and everything else, from an unreachable target to a limit that
/// is over, as a reset, so that nobody takes a part for the whole. That holds also if this process
/// is killed: a connection earns its orderly end by handing on the last byte. For sides that speak
/// TLS an end is a farewell (close_notify).
class Forwarder {
 public:
  /// Throws mtcp::TcpException if files for TLS cannot be used.
  Forwarder(const Options& options, const Log& log)
      : options_(options), log_(log), tls_(options.tls, options.host) {}

  /// Until both sides have ended, or a limit or a cancel of `manager` ends it. `client` is called
  /// `name`. May throw std::bad_alloc. Any threads at once.
  Outcome forward(const mtcp::TcpManager& manager, mtcp::TcpStream client,
                  const std::string& name) const;

 private:
  mtcp::Result<std::unique_ptr<Side>> reach_target(const mtcp::TcpManager& manager,
                                                   const std::string& client,
                                                   mtcp::Deadline total) const;
  Outcome join(Side& client, Side& target, mtcp::Deadline total) const;

  const Options& options_;
  const Log& log_;
  Tls tls_;
};

}  // namespace proxy
